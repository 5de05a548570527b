import type { Verdict } from "./invariants/evidence.ts";
import type { CampaignResult } from "./run-campaign.ts";

const EXAMPLES = 5;

/** Whether everything held and every fault of the schedule fired. */
export function hasPassed({ verdicts, faults }: CampaignResult): boolean {
  return verdicts.every(({ broken }) => broken.length === 0) && faults.every(({ fired }) => fired > 0);
}

/** What a person reads at the end. */
export function tellResult(result: CampaignResult): string {
  const { options, faults, verdicts } = result;
  const fates = verdicts.find(({ invariant }) => invariant === 10)?.counts ?? {};
  const width = Math.max(...faults.map(({ fault }) => fault.length));
  return [
    `npm run chaos -- --seed ${options.seed} --orders ${options.orders} --backend ${options.backend}` +
      (options.plant === null ? "" : ` --plant ${options.plant}`) +
      (options.faults === null ? "" : ` --faults ${options.faults.join(",")}`),
    "",
    `faults (fired / acts of the schedule)`,
    ...faults.map(({ fault, ordered, fired }) => {
      const mark = fired > 0 ? "" : "  NEVER FIRED";
      return `  ${fault.padEnd(width)} ${String(fired).padStart(5)} / ${ordered}${mark}`;
    }),
    "",
    "invariants",
    ...verdicts.flatMap(tellVerdict),
    "",
    "orders by their state in Salesforce",
    ...Object.entries(fates)
      .filter(([, count]) => count > 0)
      .map(([fate, count]) => `  ${fate.padEnd(width)} ${String(count).padStart(5)}`),
    "",
    `${hasPassed(result) ? "all hold" : "NOT ALL HOLD"}: seed ${options.seed}, ${options.orders} orders, ${options.backend}` +
      `${options.plant === null ? "" : `, planted ${options.plant}`}; ${result.seconds.toFixed(0)} s, of which ` +
      `${result.drainSeconds.toFixed(0)} s after the last fault; services ended by themselves ${result.deaths} times`,
  ].join("\n");
}

function tellVerdict({ invariant, title, counts, broken }: Verdict): readonly string[] {
  const numbers = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  const head = `  ${broken.length === 0 ? "ok    " : "BROKEN"} ${String(invariant).padStart(2)}  ${title}: ${numbers.join(", ")}`;
  const examples = broken.slice(0, EXAMPLES).map((sentence) => `             ${sentence}`);
  const rest = broken.length - examples.length;
  return [head, ...examples, ...(rest > 0 ? [`             and ${rest} more`] : [])];
}
