import { MessageWriter } from "./protobuf.ts";

export type ReplayPreset = "LATEST" | "EARLIEST" | "CUSTOM";

/** Replay fields count in the first request of a stream only; `numRequested` adds credit, up to 100 outstanding. */
export type FetchRequest = {
  readonly topicName: string;
  readonly replayPreset?: ReplayPreset;
  readonly replayId?: Uint8Array;
  readonly numRequested: number;
};

const presets: Readonly<Record<ReplayPreset, number>> = { LATEST: 0, EARLIEST: 1, CUSTOM: 2 };

/** `1 topic_name · 2 replay_preset · 3 replay_id · 4 num_requested`; 5 is internal to Salesforce. */
export function encodeFetchRequest(request: FetchRequest): Buffer {
  const { topicName, replayPreset = "LATEST", replayId, numRequested } = request;
  const writer = new MessageWriter().text(1, topicName).int32(2, presets[replayPreset]);
  if (replayId !== undefined) writer.bytes(3, replayId);
  return writer.int32(4, numRequested).finish();
}
