import type { FastifyReply } from "fastify";
import type { PageDeps } from "./page-deps.ts";

/** An open page hears of at most this many milliseconds' worth of changes at once: four times a second. */
const paceMs = 250;

/**
 * Keeps a page informed over server-sent events. A changed record is a message with its id; everything else is an
 * event named after its area: `event` with the newest replay id, `stream`, `fault`, `clock`, `org`. What changed
 * meanwhile is told once: the page then fetches itself anew, so a message that was left out costs nothing but time.
 */
export function followOrg(reply: FastifyReply, deps: PageDeps): void {
  const { org, stage, realTime } = deps;
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  raw.write("retry: 1000\n\n");

  const untold = new Map<string, string>();
  let stopWaiting: (() => void) | undefined;
  const flush = (): void => {
    stopWaiting = undefined;
    if (untold.size === 0) return;
    // A page that does not keep up has messages waiting already.
    if (!raw.writableNeedDrain) {
      for (const [area, data] of untold) {
        raw.write(area === "record" ? `data: ${data}\n\n` : `event: ${area}\ndata: ${data}\n\n`);
      }
      untold.clear();
    }
    stopWaiting = realTime.startTimer(paceMs, flush);
  };
  const tell = (area: string, data: string): void => {
    untold.set(area, data);
    if (stopWaiting === undefined) flush();
  };

  const stops = [
    org.onChange(({ id }) => {
      tell("record", id);
    }),
    org.core.bus.onAppend(() => {
      tell("event", Buffer.from(org.core.bus.latest().replayId).toString("hex"));
    }),
    stage.faults.onChange(() => {
      tell("fault", "changed");
    }),
    stage.log.onEntry(({ seq, kind }) => {
      const [area = ""] = kind.split(":", 1);
      if (area === "stream" || area === "clock" || area === "org") tell(area, String(seq));
      if (kind === "event:delivered") tell("stream", String(seq));
    }),
  ];
  raw.on("close", () => {
    stopWaiting?.();
    for (const stop of stops) stop();
  });
}
