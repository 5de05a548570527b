import type { TestContext } from "node:test";
import type { OrgCore } from "../src/org-core.ts";
import type { RunningOrg, ServeOrgOptions } from "../src/serve-org.ts";
import { openStage } from "../src/org-stage.ts";
import { serve } from "./server-harness.ts";

export type Visitor = {
  readonly core: OrgCore;
  readonly org: RunningOrg;
  readonly get: (path: string) => Promise<Response>;
  /** The text of a page, which has to be there. */
  readonly read: (path: string) => Promise<string>;
  readonly post: (
    path: string,
    form?: Readonly<Record<string, string>>,
    origin?: string,
  ) => Promise<Response>;
};

/** A browser that is signed in to the pages of a core, whose clock is that of the stage. */
export async function visit(
  context: TestContext,
  open: (now: () => number) => OrgCore,
  options: Partial<ServeOrgOptions> = {},
): Promise<Visitor> {
  const stage = options.stage ?? openStage();
  const core = open(() => stage.clock.now());
  const org = await serve(context, core, { ...options, stage });
  const send = (path: string, form: Readonly<Record<string, string>>, origin: string, cookie: string) =>
    fetch(org.url + path, {
      method: "POST",
      redirect: "manual",
      headers: { origin, cookie },
      body: new URLSearchParams({ ...form }),
    });
  const signedIn = await send(
    "/login",
    { username: "operator@sluice.test", password: "sluice-demo" },
    org.url,
    "",
  );
  const cookie = (signedIn.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const get = (path: string) => fetch(org.url + path, { headers: { cookie }, redirect: "manual" });
  return {
    core: org.core,
    org,
    get,
    read: async (path) => {
      const answer = await get(path);
      const text = await answer.text();
      if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${text.slice(0, 200)}`);
      return text;
    },
    post: (path, form = {}, origin = org.url) => send(path, form, origin, cookie),
  };
}
