import type { z } from "zod";
import type {
  discardResult,
  quarantineDetail,
  quarantineList,
  reinjectResult,
} from "../portal/quarantine-schemas.ts";
import { alignedTable } from "./table.ts";
import { tallyText } from "./tally-text.ts";

const DETAIL_WIDTH = 80;
const HEX_WIDTH = 64;

export function listText({ events, counts }: z.infer<typeof quarantineList>): string {
  if (counts.length === 0) return "The quarantine is empty.\n";
  const summary = counts.map((count) => `${count.events} ${count.reason} ${count.state}`).join(", ");
  if (events.length === 0) return `No such events. In all: ${summary}.\n`;
  const rows = events.map((event) => [
    String(event.id),
    event.state,
    event.reason,
    event.receivedAt,
    event.eventId,
    shortened(event.note ?? event.detail),
  ]);
  const table = alignedTable(["NUMBER", "STATE", "REASON", "RECEIVED", "EVENT", "DETAIL"], rows);
  return `${table}In all: ${summary}.\n`;
}

export function detailText(event: z.infer<typeof quarantineDetail>): string {
  const bytes = Buffer.from(event.rawHex, "hex");
  const lines: readonly (readonly [string, string | null])[] = [
    ["Event", event.eventId],
    ["Topic", event.topic],
    ["Received", event.receivedAt],
    ["Replay id", event.replayId],
    ["Schema", event.schemaId],
    ["Reason", event.reason],
    ["Detail", event.detail],
    ["State", event.state],
    ["Decided", event.resolvedAt === null ? null : `${event.resolvedAt} by ${event.resolvedBy ?? "nobody"}`],
    ["Note", event.note],
    ["Now", event.now === null ? null : nowText(event.now)],
  ];
  const head = lines
    .filter((line): line is readonly [string, string] => line[1] !== null)
    .map(([name, value]) => `${name.padEnd(9)}  ${value}\n`)
    .join("");
  const payload = event.payload === null ? "not decodable" : JSON.stringify(event.payload, null, 2);
  const raw = event.rawHex.match(new RegExp(`.{1,${HEX_WIDTH}}`, "g")) ?? [];
  return `Quarantined event ${event.id}\n${head}Payload:\n${payload}\nRaw, ${bytes.length} bytes:\n${raw.join("\n")}\nAs text:\n${printable(bytes)}\n`;
}

export function reinjectText(result: z.infer<typeof reinjectResult>): string {
  const { dryRun, chosen, reinjected, decidedMeanwhile } = result;
  const verb = dryRun ? "would be re-injected" : "were re-injected";
  const still = result.stillOpenEvents.map(({ id, reason, detail }) => `  ${id} ${reason}: ${detail}\n`);
  const more = result.stillOpen - result.stillOpenEvents.length;
  return [
    `${reinjected} of ${chosen} events ${verb}.\n`,
    reinjected > 0 ? tallyText(result.outcomes, dryRun) : "",
    result.stillOpen > 0 ? `${result.stillOpen} make no sense still and stay open:\n${still.join("")}` : "",
    more > 0 ? `  and ${more} more; \`sluice quarantine --state open\` lists them\n` : "",
    decidedMeanwhile > 0 ? `${decidedMeanwhile} were decided about by somebody else meanwhile.\n` : "",
  ].join("");
}

export function discardText(result: z.infer<typeof discardResult>): string {
  const { dryRun, chosen, discarded, decidedMeanwhile } = result;
  const verb = dryRun ? "would be discarded" : "were discarded; they stay in the list, with the note";
  const meanwhile =
    decidedMeanwhile > 0 ? `${decidedMeanwhile} were decided about by somebody else meanwhile.\n` : "";
  return `${discarded} of ${chosen} events ${verb}.\n${meanwhile}`;
}

function nowText(now: NonNullable<z.infer<typeof quarantineDetail>["now"]>): string {
  if (now.outcome === "unknown") return `unknown: ${now.detail ?? ""}`;
  const order = now.orderId === null ? "" : `, order ${now.orderId}, request ${now.requestKey ?? ""}`;
  return `a re-injection would make it \`${now.outcome}\`${order}${now.detail === null ? "" : `: ${now.detail}`}`;
}

/** Whatever is no printable ASCII becomes a dot: the bytes are a stranger's, and a terminal obeys control characters. */
function printable(bytes: Buffer): string {
  return bytes.toString("latin1").replaceAll(/[^\u0020-\u007E]/g, ".");
}

function shortened(text: string): string {
  return text.length <= DETAIL_WIDTH ? text : `${text.slice(0, DETAIL_WIDTH - 1)}…`;
}
