import type { TopicNames } from "./topic-names.ts";

/** What generated code says about one event, without how it says it. */
export type EventModel = {
  readonly topic: string;
  readonly names: TopicNames;
  readonly schemaId: string;
  /** Avro, without white space and without the ids that one org gave its fields. */
  readonly schemaJson: string;
  /** Every type that has a name; each stands after those it uses, and the event is the last. */
  readonly parts: readonly NamedPart[];
};

export type NamedPart =
  | { readonly kind: "record"; readonly name: string; readonly fields: readonly ModelField[] }
  | { readonly kind: "words"; readonly name: string; readonly symbols: readonly string[] };

export type ModelField = {
  readonly name: string;
  /** Salesforce's word for the field's type, such as `DateOnly`; else Avro's. */
  readonly kind: string;
  readonly shape: Shape;
};

/** `moment` and `day` are longs that hold milliseconds since 1970. */
export type Scalar = "text" | "flag" | "number" | "long" | "moment" | "day" | "bytes";

export type Shape =
  | { readonly kind: "scalar"; readonly scalar: Scalar }
  | { readonly kind: "part"; readonly name: string }
  | { readonly kind: "list"; readonly items: Shape }
  | { readonly kind: "map"; readonly values: Shape }
  | { readonly kind: "choice"; readonly options: readonly Shape[] }
  | { readonly kind: "nullable"; readonly of: Shape };
