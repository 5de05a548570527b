import type { Session, TokenSource } from "./auth/session.ts";
import { PubSubError } from "./pubsub-error.ts";
import { untilAborted } from "./single-flight.ts";

/**
 * Runs a call with a session; when Salesforce refuses the session, once more with a new one. A refused call had no
 * effect, so repeating it is safe.
 */
export async function withSession<T>(
  auth: TokenSource,
  signal: AbortSignal,
  call: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await untilAborted(auth.get(signal), signal);
  try {
    return await call(session);
  } catch (error) {
    if (!(error instanceof PubSubError) || error.code !== "session_rejected") throw error;
    auth.invalidate(session);
    return await call(await untilAborted(auth.get(signal), signal));
  }
}
