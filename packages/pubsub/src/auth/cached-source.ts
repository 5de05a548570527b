import { singleFlight } from "../single-flight.ts";
import type { Session, TokenSource } from "./session.ts";

/** Gets a new session; is told the one that Salesforce refused, if that is why. */
export type SignIn = (signal: AbortSignal, refused: Session | undefined) => Promise<Session>;

/**
 * Keeps a session until somebody invalidates it. No answer's lifetime is trusted: a session lives as long as it is
 * used, so only a refusal tells that it is over.
 */
export function cachedSource(signIn: SignIn): TokenSource {
  let session: Session | undefined;
  let refusedLast: Session | undefined;
  const signInOnce = singleFlight(async (signal) => {
    session = await signIn(signal, refusedLast);
    refusedLast = undefined;
    return session;
  });
  return {
    async get(signal) {
      signal.throwIfAborted();
      return session ?? (await signInOnce(signal));
    },
    invalidate(refused) {
      if (session?.accessToken !== refused.accessToken) return;
      refusedLast = session;
      session = undefined;
    },
  };
}
