/** A literal of a condition; date-times are ISO 8601 UTC with milliseconds, dates are `YYYY-MM-DD`. */
export type SoqlLiteral =
  | { readonly kind: "null" }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "date"; readonly value: string }
  | { readonly kind: "datetime"; readonly value: string };

/** `["Account", "Owner", "Name"]`: relationships first, the field last. */
export type FieldPath = readonly string[];

export type ComparisonOperator = "=" | "!=" | "<" | "<=" | ">" | ">=";

export type Condition =
  | { readonly kind: "and" | "or"; readonly operands: readonly Condition[] }
  | { readonly kind: "not"; readonly operand: Condition }
  | {
      readonly kind: "compare";
      readonly path: FieldPath;
      readonly operator: ComparisonOperator;
      readonly value: SoqlLiteral;
    }
  | { readonly kind: "like"; readonly path: FieldPath; readonly pattern: string }
  | {
      readonly kind: "in";
      readonly path: FieldPath;
      readonly negated: boolean;
      readonly values: readonly SoqlLiteral[];
    }
  | {
      readonly kind: "in query";
      readonly path: FieldPath;
      readonly negated: boolean;
      readonly query: SemiJoin;
    };

/** The query inside IN: `SELECT PermissionSetId FROM PermissionSetAssignment WHERE …`. */
export type SemiJoin = {
  readonly path: FieldPath;
  readonly from: string;
  readonly where: Condition | null;
};

export type Ordering = {
  readonly path: FieldPath;
  readonly descending: boolean;
  readonly nullsLast: boolean;
};

export type Selection =
  | { readonly kind: "field"; readonly path: FieldPath }
  | { readonly kind: "children"; readonly query: SoqlQuery };

/** A parsed query. In a child query `from` is the name of the child relationship. */
export type SoqlQuery = {
  /** `"count"` stands for `SELECT COUNT()`. */
  readonly select: "count" | readonly Selection[];
  readonly from: string;
  readonly where: Condition | null;
  readonly orderBy: readonly Ordering[];
  readonly limit: number | null;
  readonly offset: number;
};
