import type { EventMetadata } from "./org-metadata.ts";
import { readElement } from "./read-element.ts";
import type { XmlElement } from "./xml-element.ts";

/**
 * Reads the definition of a platform event. The publish behavior has to be stated: the platform's default,
 * PublishImmediately, tells subscribers of saves that were rolled back.
 *
 * @throws {MetadataError}
 */
export function readEvent(name: string, root: XmlElement): EventMetadata {
  return readElement(root, (take) => {
    take.harmless("description", "pluralLabel");
    take.oneOf("deploymentStatus", ["Deployed"]);
    // The platform takes no new standard-volume events any more.
    take.oneOf("eventType", ["HighVolume"]);
    return {
      name,
      label: take.text("label"),
      publishBehavior: take.oneOf("publishBehavior", ["PublishAfterCommit", "PublishImmediately"]),
      place: root.place,
    };
  });
}
