import type { ManagedSubscriptionMetadata } from "./org-metadata.ts";
import { readElement } from "./read-element.ts";
import type { XmlElement } from "./xml-element.ts";

/**
 * Reads a managed subscription. All six elements have to be stated, as deploying is said to need them (reference
 * `salesforce-metadata.md`, E.4).
 *
 * @throws {MetadataError}
 */
export function readManagedSubscription(
  developerName: string,
  root: XmlElement,
): ManagedSubscriptionMetadata {
  return readElement(root, (take) => ({
    config: {
      developerName,
      label: take.text("label"),
      topicName: take.text("topicName"),
      defaultReplay: take.oneOf("defaultReplay", ["LATEST", "EARLIEST"]),
      errorRecoveryReplay: take.oneOf("errorRecoveryReplay", ["LATEST", "EARLIEST"]),
      // PAUSE is reserved by the platform.
      state: take.oneOf("state", ["RUN", "STOP"]),
      version: take.text("version"),
    },
    place: root.place,
  }));
}
