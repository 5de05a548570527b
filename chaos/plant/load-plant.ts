/** Loaded by `node --import` before the service: replaces the plant's texts as the files are read. */
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { applyPlant } from "./apply-plant.ts";
import { fileOf, plantNames, plants } from "./plants.ts";

/** What the campaign looks for in the output, to know that the defect is really in. */
const PLANTED = "chaos-plant:";

const asked = new URL(import.meta.url).searchParams.get("plant");
const name = plantNames.find((known) => known === asked);
if (name === undefined) throw new Error(`there is no plant ${asked ?? "without a name"}`);
const entries = plants[name].entries;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.startsWith("file:")) return loaded;
    const path = fileURLToPath(url);
    const wanted = entries.filter((entry) => fileOf(entry) === path);
    if (wanted.length === 0) return loaded;
    if (loaded.source === null || loaded.source === undefined)
      throw new Error(`${path} came without its source`);
    const source = wanted.reduce(applyPlant, toText(loaded.source));
    for (const { file } of wanted) process.stderr.write(`${PLANTED} ${name} ${file}\n`);
    return { ...loaded, source };
  },
});

function toText(source: string | NodeJS.ArrayBufferView | ArrayBuffer): string {
  if (typeof source === "string") return source;
  const view = ArrayBuffer.isView(source) ? source : new Uint8Array(source);
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString("utf8");
}
