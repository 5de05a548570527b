import { CampaignUsageError, campaignHelp, readCampaignOptions } from "./campaign-options.ts";
import { hasPassed, tellResult } from "./report.ts";
import { runCampaign } from "./run-campaign.ts";

const WRONG_USAGE = 2;
const COULD_NOT_RUN = 3;

// Said outright: the exit hook of the database's package ends the process with 0, whatever `process.exitCode` is.
process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readCampaignOptions(args);
    if (options === "help") {
      process.stdout.write(campaignHelp);
      return 0;
    }
    const told = options.isJson ? process.stderr : process.stdout;
    const result = await runCampaign(options, (text) => void told.write(`${text}\n`));
    told.write(`${tellResult(result)}\n`);
    if (options.isJson) process.stdout.write(`${JSON.stringify({ passed: hasPassed(result), ...result })}\n`);
    return hasPassed(result) ? 0 : 1;
  } catch (reason) {
    const isUsage = reason instanceof CampaignUsageError;
    const words =
      reason instanceof Error
        ? isUsage
          ? reason.message
          : (reason.stack ?? reason.message)
        : String(reason);
    process.stderr.write(`chaos: ${words}\n`);
    return isUsage ? WRONG_USAGE : COULD_NOT_RUN;
  }
}
