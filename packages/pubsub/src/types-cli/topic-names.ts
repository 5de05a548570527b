/** How a topic is called in code and on disk. */
export type TopicNames = {
  /** `OrderProvisionRequested` */
  readonly type: string;
  /** `orderProvisionRequested`: what the names of constants begin with. */
  readonly value: string;
  /** `order-provision-requested.ts` */
  readonly file: string;
};

/** Global types that generated code uses: one of our own by that name would hide them. */
const taken: ReadonlySet<string> = new Set(["Date", "Record", "Uint8Array"]);

export function namesOfTopic(topic: string): TopicNames {
  const event = topic
    .slice(topic.lastIndexOf("/") + 1)
    .replace(/__e$/, "")
    .replace(/__ChangeEvent$/, "ChangeEvent");
  const plain = toPascalCase(event);
  const type = taken.has(plain) ? `${plain}Event` : plain;
  return { type, value: toCamelCase(type), file: `${toKebabCase(type)}.ts` };
}

/** The topic of an event, by the name of its record: change events are read below /data. */
export function topicOfRecord(name: string): string {
  return `/${name.endsWith("ChangeEvent") ? "data" : "event"}/${name}`;
}

/** What a type nested in an event is called: `OrderChangeEvent` and `ChangeEventHeader` give `OrderChangeEventHeader`. */
export function nameOfPart(event: string, part: string): string {
  const name = toPascalCase(part);
  const words = toKebabCase(name).split("-");
  const overlaps = words.map((_word, count) => name.slice(0, words.slice(0, count + 1).join("").length));
  const overlap = overlaps.findLast((head) => head.length < name.length && event.endsWith(head)) ?? "";
  return event + name.slice(overlap.length);
}

export function toCamelCase(pascal: string): string {
  return toKebabCase(pascal).replaceAll(/-(\w)/g, (_match, letter: string) => letter.toUpperCase());
}

function toPascalCase(name: string): string {
  return name
    .split("_")
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("");
}

function toKebabCase(pascal: string): string {
  return pascal
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replaceAll(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .toLowerCase();
}
