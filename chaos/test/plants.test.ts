import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { applyPlant, PlantError } from "../plant/apply-plant.ts";
import { fileOf, plantNames, plants } from "../plant/plants.ts";

for (const name of plantNames) {
  test(`the defect ${name} fits the source as it is`, () => {
    assert.ok(plants[name].entries.length > 0);
    for (const entry of plants[name].entries) {
      const source = readFileSync(fileOf(entry), "utf8");
      assert.notEqual(applyPlant(source, entry), source, entry.file);
    }
  });
}

test("a defect whose text is gone, or stands there twice, is refused", () => {
  const entry = { file: "x.ts", find: "epoch = $3", replace: "true" };
  for (const source of ["WHERE epoch = $4", "epoch = $3 AND epoch = $3"]) {
    assert.throws(() => applyPlant(source, entry), PlantError);
  }
});
