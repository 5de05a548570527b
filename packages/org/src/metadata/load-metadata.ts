import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readFlow } from "../flow/read-flow.ts";
import { readFlowTest } from "../flow-test/read-flow-test.ts";
import { inertKinds, isInertFile } from "./inert-files.ts";
import { MetadataError } from "./metadata-error.ts";
import type { OrgMetadata } from "./org-metadata.ts";
import { readChannel, readChannelMember } from "./read-channel.ts";
import { readEvent } from "./read-event.ts";
import { readField } from "./read-field.ts";
import { readCustomObject, readStandardObject } from "./read-object.ts";
import { readGlobalValueSet } from "./read-picklist.ts";
import { readManagedSubscription } from "./read-managed-subscription.ts";
import { readPermissionSet, readValidationRule, readValueSet } from "./read-rules.ts";
import { parseMetadataXml } from "./xml-element.ts";
import type { XmlElement } from "./xml-element.ts";

type Mutable<Lists> = {
  -readonly [Key in keyof Lists]: Lists[Key] extends readonly (infer Item)[] ? Item[] : never;
};
type Collected = Mutable<OrgMetadata>;

/** One kind of metadata file: how it is called, its root element, and what is made of it. */
type FileKind = {
  readonly suffix: string;
  readonly root: string;
  /** `folder` is the object's folder for what belongs to an object, else the kind's own. */
  readonly add: (into: Collected, name: string, folder: string, root: XmlElement) => void;
};

const fileKinds: readonly FileKind[] = [
  {
    suffix: ".object-meta.xml",
    root: "CustomObject",
    add: (into, name, _folder, root) => {
      if (name.endsWith("__e")) into.events.push(readEvent(name, root));
      else if (name.endsWith("__c")) into.objects.push(readCustomObject(name, root));
      else into.objects.push(readStandardObject(name, root));
    },
  },
  {
    suffix: ".field-meta.xml",
    root: "CustomField",
    add: (into, name, folder, root) => into.fields.push(readField(folder, name, root)),
  },
  {
    suffix: ".validationRule-meta.xml",
    root: "ValidationRule",
    add: (into, name, folder, root) => into.validationRules.push(readValidationRule(folder, name, root)),
  },
  {
    suffix: ".standardValueSet-meta.xml",
    root: "StandardValueSet",
    add: (into, name, _folder, root) => into.valueSets.push(readValueSet(name, root)),
  },
  {
    suffix: ".globalValueSet-meta.xml",
    root: "GlobalValueSet",
    add: (into, name, _folder, root) => into.globalValueSets.push(readGlobalValueSet(name, root)),
  },
  {
    suffix: ".flow-meta.xml",
    root: "Flow",
    add: (into, name, _folder, root) => into.flows.push(readFlow(name, root)),
  },
  {
    suffix: ".permissionset-meta.xml",
    root: "PermissionSet",
    add: (into, name, _folder, root) => into.permissionSets.push(readPermissionSet(name, root)),
  },
  {
    suffix: ".flowtest-meta.xml",
    root: "FlowTest",
    add: (into, name, _folder, root) => into.flowTests.push(readFlowTest(name, root)),
  },
  {
    suffix: ".platformEventChannel-meta.xml",
    root: "PlatformEventChannel",
    add: (into, name, _folder, root) => into.channels.push(readChannel(name, root)),
  },
  {
    suffix: ".platformEventChannelMember-meta.xml",
    root: "PlatformEventChannelMember",
    add: (into, name, _folder, root) => into.channelMembers.push(readChannelMember(name, root)),
  },
  {
    suffix: ".managedEventSubscription-meta.xml",
    root: "ManagedEventSubscription",
    add: (into, name, _folder, root) => into.managedSubscriptions.push(readManagedSubscription(name, root)),
  },
];

/** Files that are no metadata and may stand beside it. */
const harmlessFiles: ReadonlySet<string> = new Set(["README.md", ".forceignore", ".gitkeep"]);

/**
 * Reads every file below the folders, in a stable order. References between files are not checked here.
 *
 * @param onError takes what is wrong with a file, which is then left out; without it the first such error is thrown.
 * @throws {MetadataError} at the first file or element that is not understood, and for an unreadable folder.
 */
export function loadMetadata(
  dirs: readonly string[],
  onError: (error: MetadataError) => void = throwIt,
): OrgMetadata {
  const collected: Collected = {
    events: [],
    objects: [],
    fields: [],
    validationRules: [],
    valueSets: [],
    globalValueSets: [],
    flows: [],
    permissionSets: [],
    flowTests: [],
    channels: [],
    channelMembers: [],
    managedSubscriptions: [],
  };
  for (const file of dirs.flatMap(listFiles)) {
    try {
      readFile(collected, file);
    } catch (reason) {
      if (!(reason instanceof MetadataError)) throw reason;
      onError(reason);
    }
  }
  return collected;
}

function throwIt(error: MetadataError): never {
  throw error;
}

function listFiles(dir: string): readonly string[] {
  try {
    return readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !harmlessFiles.has(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted();
  } catch (reason) {
    throw unreadable(dir, "Name a folder with SFDX source.", reason);
  }
}

function readFile(into: Collected, file: string): void {
  if (isInertFile(file, () => parseMetadataXml(file, readText(file)))) return;
  const kind = fileKinds.find(({ suffix }) => file.endsWith(suffix));
  if (kind === undefined) {
    const known = [...fileKinds, ...inertKinds].map(({ suffix }) => suffix).join(", ");
    throw new MetadataError(
      "unknown_file",
      { file, element: "", line: null },
      `This kind of metadata is not known here. Move it out of the folder; known are ${known}.`,
    );
  }
  const root = parseMetadataXml(file, readText(file));
  if (root.name !== kind.root) {
    throw new MetadataError("unknown_element", root.place, `The root element must be <${kind.root}>.`);
  }
  const parts = file.split(/[\\/]/);
  const name = (parts.at(-1) ?? "").slice(0, -kind.suffix.length);
  kind.add(into, name, parts.at(-3) ?? "", root);
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (reason) {
    throw unreadable(file, "Make the file readable.", reason);
  }
}

function unreadable(file: string, advice: string, reason: unknown): MetadataError {
  const detail = reason instanceof Error ? reason.message : String(reason);
  return new MetadataError("unreadable", { file, element: "", line: null }, `${detail}. ${advice}`, {
    cause: reason,
  });
}
