import { parseArgs } from "node:util";
import type { z } from "zod";
import { deploymentChange, orgView } from "../portal/org-schemas.ts";
import type { Command } from "./commands.ts";
import { exitCode } from "./exit-code.ts";
import { openServiceClient } from "./service-client.ts";
import { whoActs } from "./who-acts.ts";
import { UsageError } from "./usage-error.ts";

const help = `Usage: sluice org [--json]
       sluice org adopt <org id> [--go-live <time>] [--dry-run] [--json]

Without a verb: the org that the service serves, since when, and whether Salesforce agrees.

adopt   Serve another org from now on, after a sandbox refresh or a move. Only the org that Salesforce signs us in to can
        be adopted. What was approved there before the go-live (now, or --go-live) is noted and never started; what is
        unfinished for the former org rests until that org is adopted again.

Exit codes: 0 done, 1 refused, 2 wrong usage, 3 no service, 4 another org answers than the adopted one.
`;

export const org: Command = {
  name: "org",
  summary: "show the org that is served, or adopt another one",
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h" },
        json: { type: "boolean" },
        "dry-run": { type: "boolean" },
        "go-live": { type: "string" },
      },
    });
    if (values.help === true) {
      process.stdout.write(help);
      return exitCode.done;
    }
    const [verb, orgId] = positionals;
    if (verb !== undefined && verb !== "adopt")
      throw new UsageError(`there is no \`sluice org ${verb}\`. See --help.`);
    if (verb === "adopt" && orgId === undefined) throw new UsageError("which org? See --help.");
    const service = openServiceClient(process.env);
    if (verb === undefined) {
      const view = await service.get("/api/org", orgView);
      process.stdout.write(values.json === true ? `${JSON.stringify(view, null, 2)}\n` : viewText(view));
      return view.disputed ? exitCode.leftForAPerson : exitCode.done;
    }
    const order = {
      orgId,
      goLiveAt: values["go-live"] ?? null,
      actor: whoActs(),
      dryRun: values["dry-run"] === true,
    };
    const change = await service.post("/api/org/adopt", order, deploymentChange);
    process.stdout.write(values.json === true ? `${JSON.stringify(change, null, 2)}\n` : changeText(change));
    return exitCode.done;
  },
};

function viewText(view: z.infer<typeof orgView>): string {
  const { deployment, signedInTo, disputed, former, observed } = view;
  if (deployment === null) return "No org is served yet: waiting for the first sign-in.\n";
  const lines = [
    `Org          ${deployment.orgId}${deployment.isSandbox === true ? " (sandbox)" : ""}`,
    `Go-live      ${deployment.goLiveAt}`,
    `Mode         ${deployment.mode}, set by ${deployment.modeSetBy === "command" ? "a command" : "the environment"}`,
    `Signed in to ${signedInTo ?? "no org yet"}`,
    ...former.map(({ orgId }) => `Before       ${orgId}`),
  ];
  if (observed.received > 0) {
    lines.push(
      `Observed     ${observed.received} approvals: ${observed.wouldProvision} would have been provisioned, ` +
        `${observed.wouldHold} held, ${observed.wouldDoNothing} left alone, ${observed.unplanned} are not planned yet`,
    );
  }
  if (disputed) {
    lines.push(
      "",
      `Another org answers: nothing is read, started or written. Point the sign-in back to ${deployment.orgId}, or run: sluice org adopt ${signedInTo ?? "<org id>"}`,
    );
  }
  return `${lines.join("\n")}\n`;
}

function changeText({ dryRun, before, after }: z.infer<typeof deploymentChange>): string {
  return dryRun
    ? `Would serve ${after.orgId} from ${after.goLiveAt} on instead of ${before.orgId}. Nothing approved there before is started.\n`
    : `Serving ${after.orgId} from ${after.goLiveAt} on; ${before.orgId} rests.\n`;
}
