import { withSpread } from "../pubsub/pubsub-tables.ts";
import type { TakeoverFigures } from "./measure-takeover.ts";

export function takeoverTable({ runs, pauseSeconds, ends, zombie, invariants }: TakeoverFigures): string {
  const rows = ends.map(
    ({ how, aimMs, streamMs, commitMs, goneMs, isMet }) =>
      `| ${how} | ${withSpread(streamMs, 0)} | ${withSpread(commitMs, 0)} | ${withSpread(goneMs, 0)} | ${aimMs} | ${isMet ? "yes" : "no"} |`,
  );
  const verdicts = invariants.map(
    ({ name, is, mustBe }) => `| ${name} | ${is} | ${mustBe} | ${is === mustBe ? "yes" : "no"} |`,
  );
  return (
    `${runs} runs each: the median (least to most), in milliseconds after the signal to the process that reads\n\n` +
    `| end | the other's stream is open | its first commit | the process is gone | aim, stream | met each time |\n` +
    `| --- | --- | --- | --- | --- | --- |\n${rows.join("\n")}\n\n` +
    `SIGSTOP for ${pauseSeconds} s, then SIGCONT, ${runs} times: the other's first commit after ${withSpread(zombie.commitMs, 0)} ms; ` +
    `${zombie.fenced} times the former leader woke with events in its hands, tried to commit them, and was refused\n\n` +
    `| after all runs | is | must be | holds |\n| --- | --- | --- | --- |\n${verdicts.join("\n")}\n`
  );
}
