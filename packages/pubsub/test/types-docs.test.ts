import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { checkExamples, collectExamples } from "./types-examples.ts";
import type { Page } from "./types-examples.ts";
import { scratchFolder } from "./types-support.ts";

const packageDir = fileURLToPath(new URL("..", import.meta.url));

/** One block that is right, two that are not, and one that goes on. */
const planted: Page = {
  name: "docs/planted.md",
  text: `# A page

\`\`\`ts
// file: numbers.ts
export const one = 1;
\`\`\`

\`\`\`ts
import { one } from "./numbers.ts";
const text: string = one;
\`\`\`

\`\`\`sh
const this is no = TypeScript
\`\`\`

\`\`\`ts
import { createPubSubClient } from "@sluice/pubsub";
const options = { endpoint: 443 };
\`\`\`

And then:

\`\`\`ts continued
const client = createPubSubClient(options);
await client.getTopic("/event/Order_Event__e");
\`\`\`
`,
};

test("every example of the documentation compiles, and an error in one is told by page and line", async (t) => {
  const names = globSync(["README.md", "docs/*.md"], { cwd: packageDir }).toSorted();
  const pages = names.map((name) => ({ name, text: readFileSync(`${packageDir}/${name}`, "utf8") }));
  assert.ok(pages.flatMap(collectExamples).length > 0);
  const errors = await checkExamples([...pages, planted], await scratchFolder(t));
  const [first, second, ...others] = errors.filter((error) => error.startsWith(planted.name)).toSorted();
  assert.deepEqual(
    errors.filter((error) => !error.startsWith(planted.name)),
    [],
  );
  assert.equal(first, "docs/planted.md:10: error TS2322: Type 'number' is not assignable to type 'string'.");
  assert.match(second ?? "", /^docs\/planted\.md:25: error TS2345: /);
  assert.deepEqual(others, []);
});

test("a block that continues nothing, or never ends, is refused", () => {
  const page = (text: string): Page => ({ name: "docs/page.md", text });
  assert.throws(() => collectExamples(page("Text\n```ts continued\n```\n")), {
    message: "docs/page.md:2: there is no block that this one could continue",
  });
  assert.throws(() => collectExamples(page("```ts\nconst a = 1;\n")), {
    message: "docs/page.md: a block does not end",
  });
});
