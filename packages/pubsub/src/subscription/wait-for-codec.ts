import type { ClientEvent } from "../client-event.ts";
import { PubSubError, isFinalAboutSchemas } from "../pubsub-error.ts";
import type { PayloadCodec } from "../schema/payload-codec.ts";
import type { Timing } from "../system-defaults.ts";
import { firstAttempt, nextAttempt } from "./next-attempt.ts";

export type WaitForCodecDeps = {
  readonly topic: string;
  readonly timing: Timing;
  readonly fetchCodec: (schemaId: string, signal: AbortSignal) => Promise<PayloadCodec>;
  readonly emit: (event: ClientEvent) => void;
};

/**
 * Tries until the schema is there: a schema that cannot be fetched now delays its events, and never drops one.
 *
 * @throws {PubSubError} `schema_unknown`, `schema_unusable`: final answers. The signal's reason when aborted.
 */
export async function waitForCodec(
  schemaId: string,
  deps: WaitForCodecDeps,
  signal: AbortSignal,
): Promise<PayloadCodec> {
  const { topic, timing, emit } = deps;
  const subject = `schema ${schemaId}`;
  let state = firstAttempt;
  for (;;) {
    try {
      return await deps.fetchCodec(schemaId, signal);
    } catch (reason) {
      signal.throwIfAborted();
      const error = PubSubError.from(reason, subject);
      if (isFinalAboutSchemas(error.code)) throw error;
      const outcome = { error, progressed: false, hadPosition: false };
      const next = nextAttempt(state, outcome, timing.random(), subject);
      state = next.state;
      if (next.step.kind !== "back_off") continue;
      const { delayMs } = next.step;
      emit({ name: "schema:fetch:delayed", topic, schemaId, delayMs, error });
      await timing.sleep(delayMs, signal);
      signal.throwIfAborted();
    }
  }
}
