import type { Evidence, Verdict } from "./evidence.ts";

/** 4: every effect happened once per key, by the downstreams' own records; mail may repeat and is counted apart. */
export function judgeEffects({ downstreams, store }: Evidence): Verdict {
  const orderOf = new Map(store.effects.map(({ key, orderId }) => [key, orderId]));
  const counts = new Map<string, number>();
  const broken: string[] = [];
  let unkeyed = 0;
  let mailRepeats = 0;
  for (const { operation, key } of downstreams.effects) {
    if (key === null) {
      unkeyed += 1;
      continue;
    }
    const name = `${operation} ${key}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if (!orderOf.has(key))
      broken.push(`${operation} was done under the key ${key}, which Sluice does not know`);
  }
  for (const [name, count] of counts) {
    if (count === 1) continue;
    if (name.startsWith("mail.")) mailRepeats += count - 1;
    else
      broken.push(
        `${name} happened ${count} times, for order ${orderOf.get(name.split(" ")[1] ?? "") ?? "?"}`,
      );
  }
  if (unkeyed > 0) broken.push(`${unkeyed} effects have no key`);
  const operations = Object.groupBy(downstreams.effects, ({ operation }) => operation);
  return {
    invariant: 4,
    title: "every effect happened once per key",
    counts: {
      effects: downstreams.effects.length,
      ...Object.fromEntries(Object.entries(operations).map(([name, made]) => [name, made?.length ?? 0])),
      "mails sent again": mailRepeats,
    },
    broken,
  };
}
