/** Why metadata was refused. Codes are stable. */
export type MetadataErrorCode =
  | "unreadable" // the folder or a file cannot be read
  | "malformed_xml"
  | "unknown_file" // a kind of file that this org does not know
  | "unknown_element" // an element, attribute or flow node that this org does not know
  | "missing_element"
  | "bad_value" // an element holds something else than it may
  | "unknown_reference" // a name that nothing carries: object, field, node, resource, picklist value
  | "bad_formula"
  | "duplicate"; // two things with one name

export type MetadataPlace = {
  /** As given to the loader, joined with the path below it. */
  readonly file: string;
  /** From the root element, such as `Flow/start/filters[2]/operator`; empty when it is about the whole file. */
  readonly element: string;
  /** Counted from 1; null when it is not known. */
  readonly line: number | null;
};

/**
 * Metadata that this org does not understand. It is refused rather than ignored, because a rule that is skipped
 * silently makes the emulator lie.
 */
export class MetadataError extends Error {
  override readonly name = "MetadataError";
  readonly code: MetadataErrorCode;
  readonly file: string;
  readonly element: string;
  readonly line: number | null;
  /** The message without code and place: what is wrong, and what to do. */
  readonly detail: string;

  constructor(code: MetadataErrorCode, place: MetadataPlace, detail: string, options?: ErrorOptions) {
    const where = [
      place.line === null ? place.file : `${place.file}:${place.line}`,
      ...(place.element === "" ? [] : [place.element]),
    ].join(", ");
    super(`[${code}] ${where}: ${detail}`, options);
    this.code = code;
    this.file = place.file;
    this.element = place.element;
    this.line = place.line;
    this.detail = detail;
  }
}
