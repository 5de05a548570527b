import { parseArgs } from "node:util";
import type { z } from "zod";
import { deploymentChange } from "../portal/org-schemas.ts";
import type { Command } from "./commands.ts";
import { exitCode } from "./exit-code.ts";
import { openServiceClient } from "./service-client.ts";
import { whoActs } from "./who-acts.ts";

const help = `Usage: sluice go-live [--at <time>] [--dry-run] [--json]
       sluice go-live --observe [--dry-run] [--json]

Switches a deployment that observes (SLUICE_MODE=observe) over to doing: orders approved from now on, or from --at on, are
provisioned and their status is written back. What was approved before stays as it is and is never started. The order
stands in the store: SLUICE_MODE says nothing any more, and may be removed.

  --at <time>   a moment to come, ISO 8601 with a zone; switch the old solution off at the same moment
  --observe     the way back: nothing is started, called or written any more; what is at work rests
  --dry-run     say what would change, and what was observed so far

Exit codes: 0 done, 1 refused, 2 wrong usage, 3 no service.
`;

export const goLive: Command = {
  name: "go-live",
  summary: "switch from observing to provisioning",
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        help: { type: "boolean", short: "h" },
        json: { type: "boolean" },
        "dry-run": { type: "boolean" },
        at: { type: "string" },
        observe: { type: "boolean" },
      },
    });
    if (values.help === true) {
      process.stdout.write(help);
      return exitCode.done;
    }
    const order = {
      mode: values.observe === true ? "observe" : "live",
      at: values.at ?? null,
      actor: whoActs(),
      dryRun: values["dry-run"] === true,
    };
    const change = await openServiceClient(process.env).post("/api/go-live", order, deploymentChange);
    process.stdout.write(values.json === true ? `${JSON.stringify(change, null, 2)}\n` : changeText(change));
    return exitCode.done;
  },
};

function changeText({ dryRun, after, observed }: z.infer<typeof deploymentChange>): string {
  const would = dryRun ? "Would be" : "Is";
  const told =
    after.mode === "live"
      ? `${would} live for what is approved from ${after.goLiveAt} on.`
      : `${would} observing: nothing is started, called or written.`;
  return (
    `${told}\nObserved so far: ${observed.received} approvals, of which ${observed.wouldProvision} would have been provisioned, ` +
    `${observed.wouldHold} held and ${observed.wouldDoNothing} left alone (${observed.unplanned} are not planned yet). They are not started.\n`
  );
}
