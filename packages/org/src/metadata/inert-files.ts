import { MetadataError } from "./metadata-error.ts";
import type { XmlElement } from "./xml-element.ts";

/**
 * Kinds of metadata that deploy with the rest and do nothing in this org: sign-in apps, list views, settings and Apex. The file has to be well-formed with the right root element; its content is not looked at.
 * The suffixes are those of the platform's metadata registry.
 */
export const inertKinds: readonly { readonly suffix: string; readonly root: string | RegExp }[] = [
  { suffix: ".eca-meta.xml", root: "ExternalClientApplication" },
  { suffix: ".ecaOauth-meta.xml", root: "ExtlClntAppOauthSettings" },
  { suffix: ".ecaOauthPlcy-meta.xml", root: "ExtlClntAppOauthConfigurablePolicies" },
  { suffix: ".listView-meta.xml", root: "ListView" },
  { suffix: ".settings-meta.xml", root: /^\w+Settings$/ },
  { suffix: ".customPermission-meta.xml", root: "CustomPermission" },
  { suffix: ".cls-meta.xml", root: "ApexClass" },
];

/** Apex source is no XML, and this org runs none. */
const sourceSuffixes: readonly string[] = [".cls"];

/**
 * Whether the file has no effect in this org. `readRoot` is called for XML files only.
 *
 * @throws {MetadataError} unknown_file for keys of an app, which must not be there; unknown_element for another root.
 */
export function isInertFile(file: string, readRoot: () => XmlElement): boolean {
  refuseAppKeys(file);
  if (sourceSuffixes.some((suffix) => file.endsWith(suffix))) return true;
  const kind = inertKinds.find(({ suffix }) => file.endsWith(suffix));
  if (kind === undefined) return false;
  const root = readRoot();
  const isExpected = typeof kind.root === "string" ? root.name === kind.root : kind.root.test(root.name);
  if (isExpected) return true;
  const expected = typeof kind.root === "string" ? `<${kind.root}>` : "<…Settings>";
  throw new MetadataError("unknown_element", root.place, `The root element must be ${expected}.`);
}

function refuseAppKeys(file: string): void {
  if (!/\.ecaGlblOauth(-meta\.xml)?$/.test(file)) return;
  throw new MetadataError(
    "unknown_file",
    { file, element: "", line: null },
    "It holds the consumer key and the secret of an external client app, which never enter source control. " +
      "Delete the file, and its history where it was committed; set key and certificate in the org.",
  );
}
