import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { OrgCore } from "../src/org-core.ts";
import { serveOrg } from "../src/serve-org.ts";
import type { RunningOrg, ServeOrgOptions } from "../src/serve-org.ts";

/** A folder that is gone after the test. */
export async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-org-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Serves a core on free ports until the test ends. */
export async function serve(
  context: TestContext,
  core: OrgCore,
  options: Partial<ServeOrgOptions> = {},
): Promise<RunningOrg> {
  const org = await serveOrg(core, {
    dataDir: await temporaryFolder(context),
    port: 0,
    grpcPort: 0,
    ...options,
  });
  context.after(() => org.close());
  return org;
}

/** A token of the demo client, which acts as the operator. */
export async function fetchToken(url: string): Promise<string> {
  const answer = await fetch(`${url}/services/oauth2/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: "sluice-demo",
      client_secret: "sluice-demo-secret",
    }),
  });
  const body = (await answer.json()) as { readonly access_token: string };
  return body.access_token;
}
