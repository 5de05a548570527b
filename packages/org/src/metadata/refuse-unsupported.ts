import { MetadataError } from "./metadata-error.ts";
import type { XmlElement } from "./xml-element.ts";

/**
 * Refuses what Salesforce knows at this place and this org does not run, by its name: somebody who brings metadata of
 * a real org should learn that the file is fine and the emulator too small.
 *
 * @throws {MetadataError} unknown_element
 */
export function refuseUnsupported(
  element: XmlElement,
  unsupported: readonly string[],
  supported: readonly string[],
): void {
  const found = element.children.find((child) => unsupported.includes(child.name));
  if (found === undefined) return;
  const detail = `This org does not run <${found.name}>. Remove it; inside <${element.name}> it runs`;
  throw new MetadataError("unknown_element", found.place, `${detail} ${supported.join(", ")}.`);
}
