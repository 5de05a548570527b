import type { TestContext } from "node:test";
import { openOrgCore } from "../src/open-org-core.ts";
import { openStage } from "../src/org-stage.ts";
import type { PubSubKnobs } from "../src/pubsub-knobs.ts";
import { serveOrg } from "../src/serve-org.ts";
import type { RunningOrg } from "../src/serve-org.ts";
import type { ClockState } from "../src/time/org-clock.ts";
import { metadataDirs, seedFiles } from "./core-harness.ts";
import { temporaryFolder } from "./server-harness.ts";

/** The project's org with the catalogue and one order, in memory, served until the test ends. */
export async function serveProjectOrg(
  context: TestContext,
  options: {
    readonly metadataDirs?: readonly string[];
    readonly pubsub?: Partial<PubSubKnobs>;
    readonly time?: ClockState;
  } = {},
): Promise<RunningOrg> {
  const stage = openStage(options.time);
  const pubsub = options.pubsub ?? {};
  const core = openOrgCore({
    metadataDirs: options.metadataDirs ?? metadataDirs,
    databaseFile: ":memory:",
    seedFiles: seedFiles("10-", "20-", "f01"),
    clock: () => stage.clock.now(),
    random: () => 0.5,
    pubsub,
  });
  const dataDir = await temporaryFolder(context);
  const org = await serveOrg(core, { dataDir, port: 0, grpcPort: 0, stage, pubsub });
  context.after(() => org.close());
  return org;
}

/** Resolves when a stream of the topic has credit, so that what is published from then on is for it. */
export async function subscribed(org: RunningOrg, topic: string): Promise<void> {
  while (!org.streams.list().some((stream) => stream.topic === topic && stream.credit > 0)) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
