import type { FaultKind, FaultPoint } from "../faults/fault-kinds.ts";
import type { FaultMatch, FaultSchedule, FaultSubject } from "../faults/fault-registry.ts";
import { formatName } from "./format.ts";

export const pointTitles: Readonly<Record<FaultPoint, { readonly title: string; readonly text: string }>> = {
  stream: { title: "Pub/Sub calls", text: "Subscribe, Publish and their kin, as clients see them fail." },
  bus: { title: "Event bus", text: "Events on their way from the save to the bus." },
  save: { title: "Saves", text: "Records being saved, by anybody." },
  request: { title: "REST calls", text: "Calls of the REST API. These pages are not among them." },
};

const titles: Readonly<Partial<Record<FaultKind, string>>> = {
  stream_end_ok: "Stream ends with OK",
  stream_rst: "Stream is reset",
  stream_goaway: "Connection says GOAWAY",
  tcp_cut: "Connection is cut",
  half_open: "Connection goes silent",
  stream_unavailable: "Stream fails as UNAVAILABLE",
  stream_failed: "Stream fails with a code",
  rpc_unavailable: "Single call fails",
  rpc_failed: "Single call fails with a code",
  rpc_slow: "Single call is slow",
  event_duplicate: "Event comes twice",
  event_reorder: "Events change places",
  event_lost: "Event is lost",
  event_delay: "Event is late",
  publish_refused: "Publishing is refused",
  save_rolled_back: "Save is rolled back",
  record_late: "Record is old for a while",
  row_locked: "Row is locked",
  record_locked: "Record is locked",
  api_quota: "Call limit is reached",
  slow_answer: "Answer is slow",
  lost_answer: "Answer is lost",
  lost_request: "Call is lost",
  server_unavailable: "503 with a page",
  server_error: "500 of the server",
};

/** A kind in plain words; one without a title of its own is called by its name. */
export function titleOf(kind: FaultKind): string {
  return titles[kind] ?? formatName(kind);
}

export const subjectLabels: Readonly<Record<FaultSubject, string>> = {
  topic: "Only on the topic",
  rpc: "Only in the call",
  at: "When",
  object: "Only for the object",
  method: "Only for the method",
  path: "Only for the path (* fits anything)",
  user: "Only for the user id",
};

export function describeSchedule(schedule: FaultSchedule, hits: number): string {
  switch (schedule.kind) {
    case "times":
      return schedule.times === 1 ? "the next time" : `${hits} of ${schedule.times} times`;
    case "rate":
      return `${percent(schedule.rate)} of the times, seed ${schedule.seed}`;
    case "window":
      return `always, for ${describeDuration(schedule.forMs)}`;
  }
}

export function describeMatch(match: FaultMatch): string {
  return Object.entries(match)
    .map(([subject, wanted]) => `${subject} ${wanted}`)
    .join(", ");
}

/** `90 s`, `5 min`, `72 h`. */
export function describeDuration(ms: number): string {
  if (ms >= 7_200_000 && ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  if (ms >= 120_000 && ms % 60_000 === 0) return `${ms / 60_000} min`;
  return ms % 1_000 === 0 ? `${ms / 1_000} s` : `${ms} ms`;
}

function percent(rate: number): string {
  return `${Number((rate * 100).toFixed(2))} %`;
}
