/** Runs `task` for whoever asks; those who ask while it runs share its outcome. */
export type SingleFlight<T> = (signal: AbortSignal) => Promise<T>;

type Flight<T> = { readonly outcome: Promise<T>; readonly stop: AbortController; waiting: number };

/**
 * One call at a time, however many wait for it. A caller that aborts stops waiting at once; the call itself is
 * aborted when nobody waits any more.
 *
 * The returned function rejects with the signal's reason when it aborts, else as `task` does.
 */
export function singleFlight<T>(task: (signal: AbortSignal) => Promise<T>): SingleFlight<T> {
  let current: Flight<T> | undefined;

  function depart(): Flight<T> {
    const stop = new AbortController();
    const flight: Flight<T> = { outcome: task(stop.signal), stop, waiting: 0 };
    const land = (): void => {
      if (current === flight) current = undefined;
    };
    flight.outcome.then(land, land);
    current = flight;
    return flight;
  }

  return async (signal) => {
    signal.throwIfAborted();
    const flight = current ?? depart();
    flight.waiting += 1;
    try {
      return await untilAborted(flight.outcome, signal);
    } finally {
      flight.waiting -= 1;
      if (flight.waiting === 0) {
        // Whoever asks from now on starts anew instead of joining an aborted call.
        if (current === flight) current = undefined;
        flight.stop.abort();
      }
    }
  };
}

/** The outcome of `promise`, or the signal's reason if it aborts first. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => {
    aborted.reject(signal.reason);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    // The race also watches over `promise` when nobody waits for it any more.
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
