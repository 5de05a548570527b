import type { TestContext } from "node:test";
import { startOrg } from "../src/start-org.ts";
import type { RunningOrg } from "../src/serve-org.ts";
import type { StartOrgOptions } from "../src/start-org.ts";
import { metadataDirs, seedFiles } from "./core-harness.ts";

/** An org in memory with the project's metadata and F01, which ends with the test. */
export async function startControlledOrg(
  t: TestContext,
  options: Partial<StartOrgOptions> = {},
): Promise<RunningOrg> {
  const org = await startOrg({ metadataDirs, seedFiles: seedFiles("10-", "20-", "f01"), ...options });
  t.after(() => org.close());
  return org;
}

/** A call of the control plane: the status, and the body as it came. */
export async function control(
  org: RunningOrg,
  call: string,
  body?: unknown,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const [method = "GET", path = ""] = call.split(" ");
  const response = await fetch(`${org.url}/__org/${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : (JSON.parse(text) as unknown) };
}

/** Reads server-sent events one by one. */
export async function* readEvents(response: Response): AsyncGenerator<{ id: string; data: unknown }> {
  let waiting = "";
  for await (const chunk of response.body ?? []) {
    waiting += Buffer.from(chunk).toString("utf8");
    for (let end = waiting.indexOf("\n\n"); end >= 0; end = waiting.indexOf("\n\n")) {
      const [, id, data] = /^id: (.*)\ndata: (.*)$/.exec(waiting.slice(0, end)) ?? [];
      waiting = waiting.slice(end + 2);
      if (id !== undefined && data !== undefined) yield { id, data: JSON.parse(data) as unknown };
    }
  }
}
