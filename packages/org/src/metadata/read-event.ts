import type { EventMetadata } from "./org-metadata.ts";
import { readElement } from "./read-element.ts";
import type { XmlElement } from "./xml-element.ts";

/**
 * Reads the definition of a platform event. A missing publish behavior means PublishImmediately, as on the platform.
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
      publishBehavior:
        take.optionalOneOf("publishBehavior", ["PublishAfterCommit", "PublishImmediately"]) ??
        "PublishImmediately",
      place: root.place,
    };
  });
}
