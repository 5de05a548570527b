import { DatabaseSync } from "node:sqlite";
import { z } from "zod";

/** An effect as the downstream wrote it down. `operation` is like `billing.AddOrder`. */
export type DownstreamEffect = { readonly operation: string; readonly key: string | null };
export type DownstreamRecords = {
  readonly effects: readonly DownstreamEffect[];
  readonly unanswered: number;
};

const effectRow = z.object({ system: z.string(), operation: z.string(), key: z.string().nullable() });
const countRow = z.object({ unanswered: z.number() });

/** The simulators' own file, because their control plane lists no more than 10,000 effects. */
export function readDownstreamRecords(file: string): DownstreamRecords {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = database.prepare("SELECT system, operation, key FROM effect ORDER BY id").all();
    const count = database.prepare("SELECT count(*) AS unanswered FROM call WHERE answered_at IS NULL").get();
    return {
      effects: z.array(effectRow).parse(rows).map(toEffect),
      unanswered: countRow.parse(count).unanswered,
    };
  } finally {
    database.close();
  }
}

/** The key of a mail is its Message-ID, `<key@domain>`. */
function toEffect({ system, operation, key }: z.infer<typeof effectRow>): DownstreamEffect {
  return { operation: `${system}.${operation}`, key: key?.replace(/^<|@.*$/g, "") ?? null };
}
