import { OrgError } from "../org-core.ts";
import type { OrgStage } from "../org-stage.ts";
import type { SaveHooks } from "../records/save-hooks.ts";
import type { FaultOptions } from "./fault-kinds.ts";

type PublishRefusal = FaultOptions<"publish_refused">["code"];

const publishMessages: Readonly<Record<PublishRefusal, string>> = {
  LIMIT_EXCEEDED: "The hourly limit of published platform events is used up.",
  PLATFORM_EVENT_PUBLISHING_UNAVAILABLE: "Publishing of platform events is not available now.",
  PLATFORM_EVENT_ENCRYPTION_ERROR: "The platform event could not be encrypted.",
};

/** Refuses saves and publishes when such a fault is armed, in the platform's words where they are known. */
export function saveFaults({ faults, log }: Pick<OrgStage, "faults" | "log">): SaveHooks {
  return {
    beforeSave({ kind, objectName, id, userId }) {
      const place = { object: objectName, user: userId };
      const refuse = (code: string, message: string): OrgError => {
        log.add("record:refused", { object: objectName, id, code });
        return new OrgError(code, message);
      };
      if (faults.take("row_locked", place) !== undefined) {
        const message = `unable to obtain exclusive access to this record or 1 records: ${id}`;
        throw refuse("UNABLE_TO_LOCK_ROW", message);
      }
      // A lock of an approval is one of a record that is there.
      if (kind !== "create" && faults.take("record_locked", place) !== undefined) {
        throw refuse("ENTITY_IS_LOCKED", "entity is locked for editing");
      }
    },
    beforePublish(eventName) {
      const topic = `/event/${eventName}`;
      const refusal = faults.take("publish_refused", { topic, object: eventName });
      if (refusal === undefined) return;
      log.add("event:refused", { topic, code: refusal.code });
      throw new OrgError(refusal.code, publishMessages[refusal.code]);
    },
    beforeCommit(objectNames) {
      const places = objectNames.map((object) => ({ object }));
      if (faults.takeAny("save_rolled_back", places) === undefined) return;
      const code = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY";
      for (const object of objectNames) log.add("record:refused", { object, code });
      throw new OrgError(
        code,
        "the transaction failed at its end, after its flows ran, and was rolled back: fault save_rolled_back",
      );
    },
  };
}
