import { writeFileSync } from "node:fs";
import { CampaignUsageError, campaignHelp, readCampaignOptions } from "./campaign-options.ts";
import { hasPassed, tellResult } from "./report.ts";
import { runCampaign } from "./run-campaign.ts";

const WRONG_USAGE = 2;
const COULD_NOT_RUN = 3;
const STOPPED = 130;

// Said outright: the exit hook of the database's package ends the process with 0, whatever `process.exitCode` is.
process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // The exit hook would end the process before the site is cleared away.
    process.removeAllListeners(signal);
    process.once(signal, () => stopping.abort(new Error(`stopped by ${signal}`)));
  }
  try {
    const options = readCampaignOptions(args);
    if (options === "help") {
      process.stdout.write(campaignHelp);
      return 0;
    }
    const told = options.isJson ? process.stderr : process.stdout;
    const result = await runCampaign(options, (text) => void told.write(`${text}\n`), stopping.signal);
    const summary = tellResult(result);
    told.write(`\n${summary}\n`);
    if (options.out !== null) writeFileSync(options.out, `${summary}\n`);
    if (options.isJson) process.stdout.write(`${JSON.stringify({ passed: hasPassed(result), ...result })}\n`);
    return hasPassed(result) ? 0 : 1;
  } catch (reason) {
    const isUsage = reason instanceof CampaignUsageError;
    const isStopped = stopping.signal.aborted;
    const words =
      reason instanceof Error
        ? isUsage || isStopped
          ? reason.message
          : (reason.stack ?? reason.message)
        : String(reason);
    process.stderr.write(`chaos: ${words}\n`);
    if (isStopped) return STOPPED;
    return isUsage ? WRONG_USAGE : COULD_NOT_RUN;
  }
}
