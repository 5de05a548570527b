import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { onPostgres } from "../../packages/bff/test/support/databases.ts";
import { migrate } from "../../packages/bff/src/store/migrate.ts";
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

onPostgres("the SQL of each defect fits the schema as it is", async (opener) => {
  const database = await opener.open();
  await migrate(database);
  for (const { statements = [] } of Object.values(plants)) {
    for (const statement of statements) {
      await database.script(statement.replaceAll("sluice.", `"${database.schemas.sluice}".`));
    }
  }
  await database.close();
});

test("a defect whose text is gone, or stands there twice, is refused", () => {
  const entry = { file: "x.ts", find: "epoch = $3", replace: "true" };
  for (const source of ["WHERE epoch = $4", "epoch = $3 AND epoch = $3"]) {
    assert.throws(() => applyPlant(source, entry), PlantError);
  }
});
