/** What a written file says about one event. */
export type WrittenEvent = { readonly topic: string; readonly schemaId: string; readonly schemaJson: string };

const literal = String.raw`("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')`;
const topicPattern = new RegExp(String.raw`export const (\w+)Topic =\s*${literal}`, "g");

/** Finds the events in the text of a file; whatever formatter went over it. */
export function readModule(text: string): readonly WrittenEvent[] {
  return [...text.matchAll(topicPattern)].flatMap(([, name = "", topic = ""]) => {
    const schemaId = constantIn(text, `${name}SchemaId`);
    const schemaJson = constantIn(text, `${name}SchemaJson`);
    if (schemaId === undefined || schemaJson === undefined) return [];
    return [{ topic: unquote(topic), schemaId, schemaJson }];
  });
}

function constantIn(text: string, name: string): string | undefined {
  const found = new RegExp(String.raw`export const ${name} =\s*${literal}`).exec(text)?.[1];
  return found === undefined ? undefined : unquote(found);
}

function unquote(text: string): string {
  return text.slice(1, -1).replaceAll(/\\(.)/g, "$1");
}
