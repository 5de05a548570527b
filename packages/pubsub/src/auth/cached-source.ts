import { singleFlight } from "../single-flight.ts";
import type { Session, TokenSource } from "./session.ts";

/**
 * Keeps a session until somebody invalidates it: answers carry no lifetime, and a session lives as long as it is used,
 * so only a refusal tells that it is over.
 */
export function cachedSource(signIn: (signal: AbortSignal) => Promise<Session>): TokenSource {
  let session: Session | undefined;
  const signInOnce = singleFlight(async (signal) => {
    session = await signIn(signal);
    return session;
  });
  return {
    async get(signal) {
      signal.throwIfAborted();
      return session ?? (await signInOnce(signal));
    },
    invalidate(refused) {
      if (session?.accessToken === refused.accessToken) session = undefined;
    },
  };
}
