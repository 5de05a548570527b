import { once } from "node:events";
import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import type { SalesforceSession, SessionSource } from "../src/salesforce/connection.ts";

export type SeenRequest = {
  readonly method: string;
  readonly url: string;
  readonly authorization: string;
  readonly body: unknown;
};

export type Reply = { readonly status: number; readonly json: unknown };

/** An instance that answers as a test tells it to; for what the emulated org does not do by itself. */
export async function startScripted(
  t: TestContext,
  answer: (request: SeenRequest, position: number) => Reply | "hang up" | "stay silent",
): Promise<{ readonly url: string; readonly seen: readonly SeenRequest[] }> {
  const seen: SeenRequest[] = [];
  const server = createServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on("data", (chunk: Buffer) => chunks.push(chunk));
    message.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      const request: SeenRequest = {
        method: message.method ?? "",
        url: message.url ?? "",
        authorization: message.headers.authorization ?? "",
        body: text === "" ? null : JSON.parse(text),
      };
      seen.push(request);
      const reply = answer(request, seen.length - 1);
      if (reply === "hang up") message.socket.destroy();
      else if (reply !== "stay silent") send(response, reply);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

function send(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, {
    "content-type": "application/json;charset=UTF-8",
    "sforce-limit-info": "api-usage=18/15000",
  });
  response.end(JSON.stringify(reply.json));
}

/** Sessions that count up: `token-1`, after an invalidation `token-2`. */
export function countingSessions(instanceUrl: string): SessionSource {
  const make = (turn: number): SalesforceSession => ({
    accessToken: `token-${turn}`,
    instanceUrl,
    orgId: "00D000000000001EAA",
  });
  let current = make(1);
  let turn = 1;
  return {
    get: () => Promise.resolve(current),
    invalidate: (session) => {
      if (session !== current) return;
      turn += 1;
      current = make(turn);
    },
  };
}
