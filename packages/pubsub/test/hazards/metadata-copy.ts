import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunningOrg } from "@sluice/org";
import avsc from "avsc";
import { metadataDir } from "../emulated-org.ts";

/** The fixtures in a folder of their own, so that a test can deploy to its org. */
export type MetadataCopy = {
  readonly dir: string;
  /** Adds a field to an event, or writes it anew; `type` is the inside of its element. */
  putField(event: string, field: string, type: string): Promise<void>;
  dropField(event: string, field: string): Promise<void>;
  putEvent(event: string): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

export const text = "<length>40</length><type>Text</type>";
export const checkbox = "<defaultValue>false</defaultValue><type>Checkbox</type>";

export async function copyMetadata(): Promise<MetadataCopy> {
  const dir = await mkdtemp(join(tmpdir(), "sluice-hazards-"));
  await cp(metadataDir, dir, { recursive: true });
  const fileOf = (event: string, field: string): string =>
    join(dir, "objects", event, "fields", `${field}.field-meta.xml`);
  const putField: MetadataCopy["putField"] = async (event, field, type) => {
    const inside = `<fullName>${field}</fullName><label>${field}</label>${type}`;
    await writeFile(fileOf(event, field), elementOf("CustomField", inside));
  };
  return {
    dir,
    putField,
    async dropField(event, field) {
      await rm(fileOf(event, field));
    },
    async putEvent(event) {
      await mkdir(join(dir, "objects", event, "fields"), { recursive: true });
      const inside =
        `<deploymentStatus>Deployed</deploymentStatus><eventType>HighVolume</eventType><label>${event}</label>` +
        `<pluralLabel>${event}</pluralLabel><publishBehavior>PublishAfterCommit</publishBehavior>`;
      await writeFile(
        join(dir, "objects", event, `${event}.object-meta.xml`),
        elementOf("CustomObject", inside),
      );
      await putField(event, "Message__c", text);
    },
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
}

/** Puts an event on the bus as its topic's schema is now. */
export function publishTo(org: RunningOrg, topic: string, id: string, values: object): void {
  const schemaId = org.core.bus.topic(topic)?.schemaId ?? "";
  const type = avsc.Type.forSchema(JSON.parse(org.core.bus.schemaJson(schemaId) ?? "") as avsc.Schema);
  const stamps = { CreatedDate: org.clock.now(), CreatedById: "005Hs0000000001IAA" };
  org.core.bus.append(topic, [{ id, schemaId, payload: type.toBuffer({ ...stamps, ...values }) }]);
}

function elementOf(name: string, inside: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://soap.sforce.com/2006/04/metadata">${inside}</${name}>`;
}
