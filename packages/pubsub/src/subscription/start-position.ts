import type { FetchRequest } from "../wire/fetch-request.ts";
import type { StartPosition } from "./stream-item.ts";

/** The fields of the first request that fix where a stream starts. */
export function startOf(position: StartPosition): Pick<FetchRequest, "replayPreset" | "replayId"> {
  switch (position.kind) {
    case "earliest":
      return { replayPreset: "EARLIEST" };
    case "latest":
      return { replayPreset: "LATEST" };
    case "after":
      return { replayPreset: "CUSTOM", replayId: position.replayId };
  }
}
