import type { EventModel } from "./event-model.ts";
import { maxWidth, renderType } from "./render-type.ts";
import { renderZod } from "./render-zod.ts";
import type { ValueForms } from "./value-forms.ts";

/** The text of a module: the same events and forms give the same text. `command` is how to write it anew. */
export function renderModule(models: readonly EventModel[], forms: ValueForms, command: string): string {
  const topics = models.map(({ topic }) => topic).join(", ");
  const head = [
    `// Written by sluice-types from the schema of ${topics}. Do not edit it; to write it anew:`,
    `// ${command}`,
    `import { z } from "zod";`,
    "",
  ];
  return `${head.join("\n")}${models.map((model) => `\n${renderEvent(model, forms)}`).join("")}`;
}

function renderEvent({ topic, names, schemaId, schemaJson, parts }: EventModel, forms: ValueForms): string {
  return [
    renderConstant(`${names.value}Topic`, `"${topic}"`),
    ...parts.flatMap((part) => [renderType(part, forms), renderZod(part, forms)]),
    renderConstant(`${names.value}SchemaId`, `"${schemaId}"`),
    "/** The Avro schema that the type was made of, to compare with the one that events come with. */\n" +
      renderConstant(`${names.value}SchemaJson`, quote(schemaJson)),
  ].join("\n");
}

function renderConstant(name: string, literal: string): string {
  const flat = `export const ${name} = ${literal};\n`;
  return flat.length - 1 <= maxWidth ? flat : `export const ${name} =\n  ${literal};\n`;
}

/** In single quotes, since JSON is full of double ones. */
function quote(text: string): string {
  return `'${text.replaceAll(/[\\']/g, (character) => `\\${character}`)}'`;
}
