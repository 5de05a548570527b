import type { FaultOptions } from "../faults/fault-kinds.ts";
import { readFaultOptions } from "../faults/fault-registry.ts";
import type { FaultMatch, FaultOrder, FaultRegistry } from "../faults/fault-registry.ts";

/** The faults that bite a stream; those of connections bite every stream on it. */
export const streamFaultKinds = [
  "stream_failed",
  "stream_unavailable",
  "stream_end_ok",
  "stream_rst",
  "stream_goaway",
  "tcp_cut",
  "half_open",
] as const;

export type StreamFaultKind = (typeof streamFaultKinds)[number];

/** A fault on its way to a stream. */
export type StreamFault =
  | { readonly kind: "stream_failed"; readonly options: FaultOptions<"stream_failed"> }
  | { readonly kind: Exclude<StreamFaultKind, "stream_failed"> };

/** The fault that bites a stream at this place; undefined when all goes well. */
export function takeStreamFault(faults: FaultRegistry, place: FaultMatch): StreamFault | undefined {
  for (const kind of streamFaultKinds) {
    if (kind === "stream_failed") {
      const options = faults.take(kind, place);
      if (options !== undefined) return { kind, options };
    } else if (faults.take(kind, place) !== undefined) return { kind };
  }
  return undefined;
}

/** A fault of a stream as one to strike with now; undefined for faults that bite calls. */
export function toStreamFault(order: Pick<FaultOrder, "kind" | "options">): StreamFault | undefined {
  const kind = streamFaultKinds.find((known) => known === order.kind);
  if (kind === undefined) return undefined;
  return kind === "stream_failed" ? { kind, options: readFaultOptions(kind, order.options) } : { kind };
}
