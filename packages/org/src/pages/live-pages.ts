import type { FastifyReply } from "fastify";
import type { WatchedOrg } from "../watch-records.ts";

/**
 * Keeps a page informed over server-sent events: one message for each changed record, with its
 * id. The page then fetches itself anew, so a message that was left out costs nothing but time.
 */
export function followChanges(reply: FastifyReply, org: WatchedOrg): void {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  raw.write("retry: 1000\n\n");
  const stop = org.onChange(({ id }) => {
    // A page that does not keep up has a message waiting already.
    if (!raw.writableNeedDrain) raw.write(`data: ${id}\n\n`);
  });
  raw.on("close", stop);
}
