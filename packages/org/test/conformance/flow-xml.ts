/** A value as flow files hold it; a reference names a field, a variable or an element. */
export type V = string | number | boolean | null | { readonly ref: string };

type Part = { readonly tag: string; readonly xml: string };
type Links = { readonly next?: string; readonly fault?: string };
export type Clause = readonly [left: string, operator: string, right: V];

const place = "<locationX>0</locationX><locationY>0</locationY>";

export function ref(path: string): V {
  return { ref: path };
}

export type FlowParts = {
  readonly name?: string;
  readonly timing?: "RecordBeforeSave" | "RecordAfterSave";
  readonly operation?: string;
  readonly object?: string;
  readonly changed?: boolean;
  readonly where?: readonly Clause[];
  readonly logic?: string;
  readonly formula?: string;
  readonly order?: number;
  readonly status?: string;
  /** Elements for the start and for the flow itself that no other part makes. */
  readonly start?: string;
  readonly extra?: string;
  /** The first node is where the flow starts. */
  readonly parts: readonly Part[];
};

export function flow(options: FlowParts): string {
  const { name, timing, operation, object, changed, where, logic, formula, order, status, parts } = options;
  const first = parts.find(({ xml }) => xml.includes(place));
  const firstName = /<name>(\w+)<\/name>/.exec(first?.xml ?? "")?.[1];
  const byTag = Map.groupBy(parts, ({ tag }) => tag);
  const body = [...byTag.values()].flat().map(({ xml }) => xml);
  return `<?xml version="1.0" encoding="UTF-8"?>
<Flow xmlns="http://soap.sforce.com/2006/04/metadata">
  <apiVersion>67.0</apiVersion><label>${name ?? "Probe"}</label><processType>AutoLaunchedFlow</processType>
  ${body.join("\n  ")}
  ${options.extra ?? ""}
  <start>${place}${firstName === undefined ? "" : connector("connector", firstName)}
    ${changed === true ? "<doesRequireRecordChangedToMeetCriteria>true</doesRequireRecordChangedToMeetCriteria>" : ""}
    ${formula === undefined ? "" : `<filterFormula>${escape(formula)}</filterFormula>`}
    ${logic === undefined ? "" : `<filterLogic>${logic}</filterLogic>`}${filters(where ?? [])}
    <object>${object ?? "Order"}</object><recordTriggerType>${operation ?? "Update"}</recordTriggerType>
    ${options.start ?? ""}<triggerType>${timing ?? "RecordAfterSave"}</triggerType></start>
  <status>${status ?? "Active"}</status>${order === undefined ? "" : `<triggerOrder>${order}</triggerOrder>`}
</Flow>`;
}

export function assign(name: string, items: readonly Clause[], next?: string): Part {
  const xml = items.map(
    ([target, operator, value]) =>
      `<assignmentItems><assignToReference>${target}</assignToReference><operator>${operator}</operator>
       ${holder("value", value)}</assignmentItems>`,
  );
  return node("assignments", name, xml.join("") + connector("connector", next));
}

export type Rule = {
  readonly name: string;
  readonly when: readonly Clause[];
  readonly logic?: string;
  readonly changed?: boolean;
  readonly next?: string;
};

export function decide(name: string, rules: readonly Rule[], otherwise?: string): Part {
  const xml = rules.map(
    (rule) => `<rules><name>${rule.name}</name><conditionLogic>${rule.logic ?? "and"}</conditionLogic>
      ${rule.when
        .map(
          ([left, operator, right]) =>
            `<conditions><leftValueReference>${left}</leftValueReference><operator>${operator}</operator>
             ${holder("rightValue", right)}</conditions>`,
        )
        .join("")}${connector("connector", rule.next)}
      ${rule.changed === true ? "<doesRequireRecordChangedToMeetCriteria>true</doesRequireRecordChangedToMeetCriteria>" : ""}
      <label>${rule.name}</label></rules>`,
  );
  return node("decisions", name, connector("defaultConnector", otherwise) + xml.join(""));
}

export type Fields = Readonly<Record<string, V>>;

/** Publishes when `object` is a platform event, and creates a record otherwise. */
export function create(
  name: string,
  object: string,
  fields: Fields,
  links: Links & { more?: string } = {},
): Part {
  const own = `${assignments(fields)}<object>${object}</object>${links.more ?? ""}`;
  return node("recordCreates", name, faultsOf(links) + own);
}

export function createFrom(name: string, reference: string, links: Links = {}): Part {
  return node("recordCreates", name, `${faultsOf(links)}<inputReference>${reference}</inputReference>`);
}

export type LookupOptions = Links & {
  readonly where?: readonly Clause[];
  readonly logic?: string;
  readonly first?: boolean;
  readonly fields?: readonly string[];
  readonly sort?: readonly [field: string, order: "Asc" | "Desc"];
  /** Instead of storing automatically. */
  readonly output?: string;
};

export function lookup(name: string, object: string, options: LookupOptions = {}): Part {
  const { where, logic, first, fields, sort, output } = options;
  const own = [
    logic === undefined ? "" : `<filterLogic>${logic}</filterLogic>`,
    filters(where ?? []),
    `<getFirstRecordOnly>${first ?? true}</getFirstRecordOnly><object>${object}</object>`,
    output ?? "<storeOutputAutomatically>true</storeOutputAutomatically>",
    (fields ?? []).map((field) => `<queriedFields>${field}</queriedFields>`).join(""),
    sort === undefined ? "" : `<sortField>${sort[0]}</sortField><sortOrder>${sort[1]}</sortOrder>`,
  ];
  return node("recordLookups", name, faultsOf(options) + own.join(""));
}

export function updateOwn(name: string, fields: Fields, links: Links = {}): Part {
  const own = `${assignments(fields)}<inputReference>$Record</inputReference>`;
  return node("recordUpdates", name, faultsOf(links) + own);
}

export function updateWhere(
  name: string,
  object: string,
  where: readonly Clause[],
  fields: Fields,
  links: Links = {},
): Part {
  const own = `${filters(where)}${assignments(fields)}<object>${object}</object>`;
  return node("recordUpdates", name, faultsOf(links) + own);
}

export function refuse(name: string, message: string, more = ""): Part {
  return node(
    "customErrors",
    name,
    `<customErrorMessages><errorMessage>${message}</errorMessage><isFieldError>false</isFieldError>
     </customErrorMessages>${more}`,
  );
}

export function variable(name: string, type: string, more = ""): Part {
  const xml = `<variables><name>${name}</name><dataType>${type}</dataType>${more}</variables>`;
  return { tag: "variables", xml };
}

export function formula(name: string, type: string, expression: string, more = ""): Part {
  return {
    tag: "formulas",
    xml: `<formulas><name>${name}</name><dataType>${type}</dataType>
      <expression>${escape(expression)}</expression>${more}</formulas>`,
  };
}

/** An element as it stands in a file, for what this org does not run. */
export function other(tag: string, name: string): Part {
  return node(tag, name, "");
}

function node(tag: string, name: string, own: string): Part {
  return { tag, xml: `<${tag}><name>${name}</name><label>${name}</label>${place}${own}</${tag}>` };
}

function faultsOf({ next, fault }: Links): string {
  return connector("connector", next) + connector("faultConnector", fault);
}

function connector(tag: string, target: string | undefined): string {
  return target === undefined ? "" : `<${tag}><targetReference>${target}</targetReference></${tag}>`;
}

function assignments(fields: Fields): string {
  return Object.entries(fields)
    .map(
      ([field, value]) =>
        `<inputAssignments><field>${field}</field>${holder("value", value)}</inputAssignments>`,
    )
    .join("");
}

function filters(where: readonly Clause[]): string {
  return where
    .map(
      ([field, operator, value]) =>
        `<filters><field>${field}</field><operator>${operator}</operator>${holder("value", value)}</filters>`,
    )
    .join("");
}

function holder(tag: string, value: V): string {
  if (value === null) return `<${tag}></${tag}>`;
  if (typeof value === "object") return `<${tag}><elementReference>${value.ref}</elementReference></${tag}>`;
  const kind =
    typeof value === "string"
      ? stringKind(value)
      : typeof value === "number"
        ? "numberValue"
        : "booleanValue";
  return `<${tag}><${kind}>${escape(String(value))}</${kind}></${tag}>`;
}

function stringKind(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return "dateValue";
  return /^\d{4}-\d{2}-\d{2}T.*Z$/.test(text) ? "dateTimeValue" : "stringValue";
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
