import type { z } from "zod";
import type { tally } from "../portal/command-schemas.ts";

type Tally = z.infer<typeof tally>;

const words: Readonly<Record<keyof Tally, string>> = {
  known: "known already",
  started: "started",
  duplicates: "the same request under another event id",
  absorbed: "absorbed by an order at work or done",
  beforeGoLive: "approved before go-live, not started",
  observed: "noted while observing, not started",
  cancellations: "cancellations",
  quarantined: "quarantined",
  inQuarantine: "in quarantine already",
};
const wouldWords: Partial<Record<keyof Tally, string>> = {
  started: "would start",
  duplicates: "would be duplicates: the same request under another event id",
  absorbed: "would be absorbed by an order at work or done",
  beforeGoLive: "were approved before go-live and would not start",
  observed: "would be noted while observing",
  cancellations: "would be cancellations",
  quarantined: "would be quarantined",
};

/** One line for each count that is not 0; what is known and what would start are always told. */
export function tallyText(counts: Tally, dryRun: boolean): string {
  return (Object.keys(words) as (keyof Tally)[])
    .filter((outcome) => counts[outcome] > 0 || outcome === "known" || outcome === "started")
    .map((outcome) => {
      const word = (dryRun ? wouldWords[outcome] : undefined) ?? words[outcome];
      return `  ${String(counts[outcome]).padStart(6)}  ${word}\n`;
    })
    .join("");
}
