import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript-5";

/** What the text of an element, or its children, may be. */
export type WsdlValue =
  | { readonly kind: "string" | "boolean" | "number" | "date" }
  | { readonly kind: "enum"; readonly values: readonly string[] }
  | { readonly kind: "object"; readonly type: WsdlType };

export type WsdlProperty = {
  readonly isRequired: boolean;
  readonly isList: boolean;
  readonly value: WsdlValue;
};

export type WsdlType = { readonly name: string; readonly properties: ReadonlyMap<string, WsdlProperty> };

/** The types of the Metadata WSDL by name, each read when it is first asked for. */
export type WsdlTypes = {
  /** Undefined for a name that is no type, or one that is no metadata component such as `Flow`. */
  findComponent(name: string): WsdlType | undefined;
};

/** Reads the types that `@salesforce/types` generates from the Metadata WSDL. */
export function readWsdlTypes(): WsdlTypes {
  const file = fileURLToPath(import.meta.resolve("@salesforce/types/metadata")).replace(/\.js$/, ".d.ts");
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest);
  const aliases = new Map<string, ts.TypeNode>();
  for (const statement of source.statements) {
    if (ts.isTypeAliasDeclaration(statement)) aliases.set(statement.name.text, statement.type);
  }
  return new AliasReader(aliases);
}

class AliasReader implements WsdlTypes {
  readonly #aliases: ReadonlyMap<string, ts.TypeNode>;
  readonly #types = new Map<string, WsdlType>();

  constructor(aliases: ReadonlyMap<string, ts.TypeNode>) {
    this.#aliases = aliases;
  }

  findComponent(name: string): WsdlType | undefined {
    const node = this.#aliases.get(name);
    if (node === undefined || !this.#extendsMetadata(node)) return undefined;
    return this.#typeOf(name, node);
  }

  #extendsMetadata(node: ts.TypeNode): boolean {
    if (ts.isIntersectionTypeNode(node)) return node.types.some((type) => this.#extendsMetadata(type));
    if (!ts.isTypeReferenceNode(node)) return false;
    const name = nameOf(node);
    const base = this.#aliases.get(name);
    return name === "Metadata" || (base !== undefined && this.#extendsMetadata(base));
  }

  /** Types contain themselves, so a type is known before its properties are. */
  #typeOf(name: string, node: ts.TypeNode): WsdlType {
    const known = this.#types.get(name);
    if (known !== undefined) return known;
    const properties = new Map<string, WsdlProperty>();
    const type = { name, properties };
    this.#types.set(name, type);
    this.#collect(node, properties);
    return type;
  }

  #collect(node: ts.TypeNode, into: Map<string, WsdlProperty>): void {
    if (ts.isIntersectionTypeNode(node)) {
      for (const type of node.types) this.#collect(type, into);
    } else if (ts.isTypeReferenceNode(node)) {
      const base = this.#aliases.get(nameOf(node));
      if (base !== undefined) this.#collect(base, into);
    } else if (ts.isTypeLiteralNode(node)) {
      for (const member of node.members) {
        if (!ts.isPropertySignature(member) || member.type === undefined || !ts.isIdentifier(member.name)) {
          throw unreadable(member);
        }
        into.set(member.name.text, this.#property(member.type, member.questionToken !== undefined));
      }
    } else throw unreadable(node);
  }

  #property(node: ts.TypeNode, isOptional: boolean): WsdlProperty {
    if (ts.isArrayTypeNode(node)) {
      return { isRequired: false, isList: true, value: this.#value(node.elementType) };
    }
    return { isRequired: !isOptional, isList: false, value: this.#value(node) };
  }

  #value(node: ts.TypeNode): WsdlValue {
    if (node.kind === ts.SyntaxKind.StringKeyword) return { kind: "string" };
    if (node.kind === ts.SyntaxKind.BooleanKeyword) return { kind: "boolean" };
    if (node.kind === ts.SyntaxKind.NumberKeyword) return { kind: "number" };
    if (ts.isUnionTypeNode(node) || ts.isLiteralTypeNode(node)) {
      return { kind: "enum", values: literalsOf(node) };
    }
    if (!ts.isTypeReferenceNode(node)) throw unreadable(node);
    const name = nameOf(node);
    if (name === "Date") return { kind: "date" };
    const alias = this.#aliases.get(name);
    if (alias === undefined) throw unreadable(node);
    const isObject =
      ts.isIntersectionTypeNode(alias) || ts.isTypeLiteralNode(alias) || ts.isTypeReferenceNode(alias);
    return isObject ? { kind: "object", type: this.#typeOf(name, alias) } : this.#value(alias);
  }
}

function nameOf(node: ts.TypeReferenceNode): string {
  if (ts.isIdentifier(node.typeName)) return node.typeName.text;
  throw unreadable(node);
}

function literalsOf(node: ts.UnionTypeNode | ts.LiteralTypeNode): readonly string[] {
  const members = ts.isUnionTypeNode(node) ? [...node.types] : [node];
  return members.map((member) => {
    if (ts.isLiteralTypeNode(member) && ts.isStringLiteral(member.literal)) return member.literal.text;
    throw unreadable(member);
  });
}

function unreadable(node: ts.Node): Error {
  return new Error(
    `@salesforce/types has changed its form: ${ts.SyntaxKind[node.kind]} at ${node.pos} is not understood. Adapt wsdl-types.ts.`,
  );
}
