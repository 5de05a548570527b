import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { OrgLog } from "../log/org-log.ts";
import { sharingModels } from "../sharing/sharing-models.ts";
import type { OrgSharing } from "../sharing/sharing-models.ts";
import { ControlError, readInput } from "./control-error.ts";

const sharingOrder = z.strictObject({ object: z.string(), model: z.enum(sharingModels) });

/** `/__org/sharing`: who sees the records of others, by object. */
export function registerSharingRoutes(app: FastifyInstance, sharing: OrgSharing, log: OrgLog): void {
  app.get("/__org/sharing", () => ({ sharing: sharing.list() }));

  app.post("/__org/sharing", (request) => {
    const { object, model } = readInput(sharingOrder, request.body);
    try {
      sharing.set(object, model);
    } catch (reason) {
      if (!(reason instanceof RangeError)) throw reason;
      throw new ControlError(400, `object: ${reason.message}`, { cause: reason });
    }
    log.add("org:changed", { sharing: `${object} ${model}` });
    return { sharing: sharing.list() };
  });
}
