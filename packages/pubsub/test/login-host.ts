import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

export const orgId = "00D000000000001EAA";
export const userId = "005000000000001AAA";

export type Answer = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Whether the answer has a `Date`. Default true. */
  readonly dated?: boolean;
};

export type Asked = {
  readonly path: string;
  readonly form: URLSearchParams;
  readonly authorization: string | undefined;
};

export type LoginHost = { readonly url: string; readonly asked: readonly Asked[] };

/** A login host on a free port that answers as the test wants, and remembers what it was asked. */
export async function startLoginHost(
  t: TestContext,
  answer: (asked: Asked, count: number) => Answer | Promise<Answer>,
): Promise<LoginHost> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const { authorization } = request.headers;
      const form = new URLSearchParams(await textOf(request));
      const one = { path: request.url ?? "", form, authorization };
      asked.push(one);
      const { status = 200, headers = {}, body, dated = true } = await answer(one, asked.length);
      response.sendDate = dated;
      response.writeHead(status, headers);
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

/** What Salesforce answers to a sign-in. */
export function token(name = "secret-token", change: Readonly<Record<string, unknown>> = {}): Answer {
  const id = `https://login.salesforce.com/id/${orgId}/${userId}`;
  const instance_url = "https://acme.my.salesforce.com/";
  return { body: { access_token: name, instance_url, id, token_type: "Bearer", issued_at: "1", ...change } };
}

/** A port of this machine where nobody listens. */
export async function freePort(): Promise<number> {
  const nobody = createServer();
  await new Promise<void>((resolve) => nobody.listen(0, "127.0.0.1", resolve));
  const { port } = nobody.address() as AddressInfo;
  await new Promise((resolve) => nobody.close(resolve));
  return port;
}
