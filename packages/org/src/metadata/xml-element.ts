import { XMLParser, XMLValidator } from "fast-xml-parser";
import { z } from "zod";
import { MetadataError } from "./metadata-error.ts";
import type { MetadataPlace } from "./metadata-error.ts";

/** An element of a metadata file: either children or text, never attributes. */
export type XmlElement = {
  readonly name: string;
  readonly place: MetadataPlace;
  readonly children: readonly XmlElement[];
  readonly text: string;
};

const namespace = "http://soap.sforce.com/2006/04/metadata";
const startOf = XMLParser.getMetaDataSymbol().valueOf();

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
  captureMetaData: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  // Without it numeric character references such as &#39; stay as they are written.
  htmlEntities: true,
});

// Made once: a schema costs more than what it checks.
const capturedStart = z.object({ startIndex: z.number() }).catch({ startIndex: 0 });
const attributeMap = z.record(z.string(), z.string());

/** As the parser gives it: the tag's name with its content, or `#text`; `:@` holds attributes. */
type ParsedNode = Readonly<Record<string, unknown>>;

/** @throws {MetadataError} malformed_xml, unknown_element. */
export function parseMetadataXml(file: string, xml: string): XmlElement {
  const valid = XMLValidator.validate(xml);
  if (valid !== true) {
    const place = { file, element: "", line: valid.err.line };
    throw new MetadataError("malformed_xml", place, `${valid.err.msg} Repair the XML.`);
  }
  const lineAt = lineCounter(xml);
  const [root] = readNodes(file, "", contentOf(parser.parse(xml)), lineAt);
  if (root === undefined) {
    throw new MetadataError("malformed_xml", { file, element: "", line: null }, "The file holds no element.");
  }
  return root;
}

function readNodes(
  file: string,
  parentPath: string,
  nodes: readonly ParsedNode[],
  lineAt: (index: number) => number,
): readonly XmlElement[] {
  const totals = new Map<string, number>();
  for (const node of nodes) totals.set(nameOf(node), (totals.get(nameOf(node)) ?? 0) + 1);
  const seen = new Map<string, number>();
  return nodes
    .filter((node) => nameOf(node) !== "#text")
    .map((node) => {
      const name = nameOf(node);
      const number = (seen.get(name) ?? 0) + 1;
      seen.set(name, number);
      const content = contentOf(node[name]);
      const tag = totals.get(name) === 1 ? name : `${name}[${ownName(content) ?? number}]`;
      const path = parentPath === "" ? tag : `${parentPath}/${tag}`;
      const place = { file, element: path, line: lineAt(startIndexOf(node)) };
      checkAttributes(node, place, parentPath === "");
      return {
        name,
        place,
        children: readNodes(file, path, content, lineAt),
        text: content.map(textOf).join(""),
      };
    });
}

/** Not checked by zod, which would drop the symbol that tells where a node starts. */
function contentOf(parsed: unknown): readonly ParsedNode[] {
  return Array.isArray(parsed) ? (parsed as readonly ParsedNode[]) : [];
}

function nameOf(node: ParsedNode): string {
  return Object.keys(node).find((key) => key !== ":@") ?? "";
}

function textOf(node: ParsedNode): string {
  const text = node["#text"];
  return typeof text === "string" ? text : "";
}

/** What a person would call the element: flow nodes carry a name, fields and picklist values a full name. */
function ownName(content: readonly ParsedNode[]): string | undefined {
  const node = content.find((child) => ["name", "fullName"].includes(nameOf(child)));
  return node === undefined ? undefined : contentOf(node[nameOf(node)]).map(textOf).join("");
}

function startIndexOf(node: ParsedNode): number {
  return capturedStart.parse(Reflect.get(node, startOf)).startIndex;
}

function checkAttributes(node: ParsedNode, place: MetadataPlace, isRoot: boolean): void {
  const given = node[":@"];
  if (given === undefined && !isRoot) return;
  const attributes = attributeMap.parse(given ?? {});
  for (const [name, value] of Object.entries(attributes)) {
    if (isRoot && name.startsWith("xmlns:")) continue;
    if (isRoot && name === "xmlns" && value === namespace) continue;
    throw new MetadataError(
      "unknown_element",
      place,
      `The attribute ${name}="${value}" is not understood; remove it.`,
    );
  }
  if (isRoot && attributes["xmlns"] === undefined) {
    throw new MetadataError("missing_element", place, `Add xmlns="${namespace}" to the root element.`);
  }
}

function lineCounter(xml: string): (index: number) => number {
  const lineStarts = [0];
  for (let at = xml.indexOf("\n"); at !== -1; at = xml.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  return (index) => lineStarts.findLastIndex((start) => start <= index) + 1;
}
