import { badValue, textOf } from "../metadata/read-element.ts";
import type { Take } from "../metadata/read-element.ts";

const pattern = /^[A-Za-z](?:_?[A-Za-z0-9])*$/;

/** API names: letters, digits and underscores, a letter first, no underscore doubled or at the end. */
export function isApiName(text: string): boolean {
  return pattern.test(text);
}

/** The API name of a part of a flow. @throws {MetadataError} */
export function takeName(take: Take): string {
  const element = take.element("name");
  const name = textOf(element);
  if (isApiName(name)) return name;
  throw badValue(element, "an API name (letters, digits and single underscores, a letter first)");
}
