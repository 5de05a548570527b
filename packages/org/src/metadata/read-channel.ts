import { parseEventFilter } from "../bus/event-filter.ts";
import type { EventFilter } from "../bus/event-filter.ts";
import { FilterSyntaxError } from "../bus/filter-tokens.ts";
import { MetadataError } from "./metadata-error.ts";
import type { ChannelMemberMetadata, ChannelMetadata } from "./org-metadata.ts";
import { badValue, readElement, textOf } from "./read-element.ts";
import type { XmlElement } from "./xml-element.ts";

/** Documented for `filterExpression`. */
const maxFilterLength = 131_072;

/**
 * Reads a custom channel for platform events. Channels of change events are refused: this org has no change events.
 *
 * @throws {MetadataError}
 */
export function readChannel(name: string, root: XmlElement): ChannelMetadata {
  return readElement(root, (take) => {
    take.text("label");
    take.oneOf("channelType", ["event"]);
    take.optionalOneOf("eventType", ["custom"]);
    if (!name.endsWith("__chn")) {
      throw new MetadataError("bad_value", root.place, `The channel ${name} must be named ${name}__chn.`);
    }
    return { name, place: root.place };
  });
}

/** @throws {MetadataError} bad_value for a filter that is not understood. */
export function readChannelMember(name: string, root: XmlElement): ChannelMemberMetadata {
  return readElement(root, (take) => {
    const filter = take.optionalElement("filterExpression");
    return {
      name,
      channelName: take.text("eventChannel"),
      eventName: take.text("selectedEntity"),
      filter: filter === undefined ? null : { expression: readFilter(filter), place: filter.place },
      place: root.place,
    };
  });
}

function readFilter(element: XmlElement): EventFilter {
  const text = textOf(element);
  if (text.length > maxFilterLength) throw badValue(element, `at most ${maxFilterLength} characters`);
  try {
    return parseEventFilter(text);
  } catch (reason) {
    if (!(reason instanceof FilterSyntaxError)) throw reason;
    throw new MetadataError("bad_value", element.place, `The filter is not understood: ${reason.message}.`, {
      cause: reason,
    });
  }
}
