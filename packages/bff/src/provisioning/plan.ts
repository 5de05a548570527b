import type { OrderLine, OrderSnapshot } from "../orders/order.ts";
import type { Catalogue, CatalogueEntry } from "./catalogue.ts";
import { needsActivation } from "./catalogue.ts";
import { LOCAL_MODULE, firstStep } from "./first-step.ts";
import type { PlannedStep } from "./planned-step.ts";

/** An order may have so many lines, and so many units over all lines. */
export const MAX_LINES = 50;
export const MAX_UNITS = 100;

export type Plan =
  | { readonly kind: "planned"; readonly steps: readonly PlannedStep[] }
  /** The order cannot be provisioned as it is; a person has to correct it or the catalogue. */
  | { readonly kind: "refused"; readonly code: string; readonly summary: string };

type MappedLine = { readonly line: OrderLine; readonly entry: CatalogueEntry };

/**
 * Turns an order into its steps: the client and the order in billing, one activation for each unit on the network
 * after the units of the lines it depends on, then the pivot, the mail and the end. Pure.
 */
export function planOrder(order: OrderSnapshot, catalogue: Catalogue): Plan {
  const mapped = mapLines(order, catalogue);
  if ("code" in mapped) return { kind: "refused", ...mapped };

  const client = step(
    "billing-client",
    "Find or create the billing client",
    "billing",
    "ensure-client",
    "reversible",
    {
      after: [firstStep.name],
    },
  );
  const billingOrder = step(
    "billing-order",
    "Place the billing order",
    "billing",
    "add-order",
    "reversible",
    {
      after: [client.name],
      parameters: { items: billingItems(mapped) },
    },
  );
  const activations = mapped.flatMap((mappedLine) => activateUnits(mappedLine, mapped));
  const accept = step("billing-accept", "Accept the billing order", "billing", "accept-order", "pivot", {
    after: [billingOrder.name, ...activations.map((activation) => activation.name)],
  });
  const mail = step("notify-active", "Tell the customer", "notify", "order-active", "retry_only", {
    after: [accept.name],
  });
  const complete = step("complete", "Complete the order", LOCAL_MODULE, "complete", "local", {
    after: [mail.name],
  });
  return { kind: "planned", steps: [client, billingOrder, ...activations, accept, mail, complete] };
}

function mapLines(
  order: OrderSnapshot,
  catalogue: Catalogue,
): readonly MappedLine[] | { readonly code: string; readonly summary: string } {
  const { lines } = order;
  if (lines.length === 0) {
    return {
      code: "ORDER_WITHOUT_LINES",
      summary: "The order has no lines. Add its products and approve it again.",
    };
  }
  const units = lines.reduce((sum, line) => sum + line.quantity, 0);
  if (lines.length > MAX_LINES || units > MAX_UNITS) {
    return {
      code: "LINE_LIMIT_EXCEEDED",
      summary: `The order has ${lines.length} lines and ${units} units; ${MAX_LINES} and ${MAX_UNITS} are allowed. Split it into smaller orders.`,
    };
  }
  const odd = lines.find((line) => !Number.isInteger(line.quantity) || line.quantity < 1);
  if (odd !== undefined) {
    return {
      code: "QUANTITY_INVALID",
      summary: `Line ${odd.lineId} (${odd.productName}) has quantity ${odd.quantity}. Only whole numbers from 1 can be provisioned.`,
    };
  }
  const mapped: MappedLine[] = [];
  const unknown: string[] = [];
  for (const line of lines) {
    const entry = catalogue.get(line.productCode ?? "");
    if (entry === undefined) unknown.push(line.productCode ?? `${line.productName} (no product code)`);
    else mapped.push({ line, entry });
  }
  if (unknown.length > 0) {
    return {
      code: "SKU_NOT_MAPPED",
      summary: `No catalogue entry for ${[...new Set(unknown)].join(", ")}. Map it in the catalogue, or remove the line, and approve the order again.`,
    };
  }
  const alone = mapped.find(
    ({ entry }) => entry.requiresPrefix !== null && hostOf(entry, mapped) === undefined,
  );
  if (alone !== undefined) {
    return {
      code: "REQUIRED_PRODUCT_MISSING",
      summary: `${alone.line.productCode} is sold only with a product ${alone.entry.requiresPrefix}*, and the order has none.`,
    };
  }
  const looped = mapped.find(({ line }) => dependsOnItself(line, lines));
  if (looped !== undefined) {
    return {
      code: "LINE_DEPENDENCY_CYCLE",
      summary: `Line ${looped.line.lineId} (${looped.line.productName}) depends on itself by way of other lines. Correct what the lines depend on.`,
    };
  }
  return mapped;
}

function dependsOnItself(line: OrderLine, lines: readonly OrderLine[]): boolean {
  const seen = new Set<string>();
  for (let next = line.dependsOn; next !== null && !seen.has(next);) {
    if (next === line.lineId) return true;
    seen.add(next);
    next = lines.find((other) => other.lineId === next)?.dependsOn ?? null;
  }
  return false;
}

/** The line whose product an add-on or accessory goes with: the one it depends on, else the first that fits. */
function hostOf(entry: CatalogueEntry, mapped: readonly MappedLine[], dependsOn?: string | null) {
  const prefix = entry.requiresPrefix;
  if (prefix === null) return undefined;
  const fitting = mapped.filter(
    (other) => other.entry.billingProductId !== null && other.line.productCode?.startsWith(prefix) === true,
  );
  return fitting.find((other) => other.line.lineId === dependsOn) ?? fitting[0];
}

/** What billing is asked for: one item for each product line, with the add-ons that go with it. */
function billingItems(mapped: readonly MappedLine[]) {
  return mapped
    .filter(({ entry }) => entry.billingProductId !== null)
    .map(({ line, entry }) => ({
      lineId: line.lineId,
      pid: entry.billingProductId,
      quantity: line.quantity,
      billingCycle: entry.billingCycle,
      addonIds: mapped
        .filter((other) => other.entry.billingAddonId !== null)
        .filter((other) => hostOf(other.entry, mapped, other.line.dependsOn)?.line.lineId === line.lineId)
        .flatMap((other) => Array.from({ length: other.line.quantity }, () => other.entry.billingAddonId)),
    }));
}

function activateUnits({ line, entry }: MappedLine, mapped: readonly MappedLine[]): readonly PlannedStep[] {
  if (!needsActivation(entry.fulfilment)) return [];
  const before = mapped.find((other) => other.line.lineId === line.dependsOn);
  const afterUnits =
    before === undefined || before.line.lineId === line.lineId || !needsActivation(before.entry.fulfilment)
      ? []
      : unitNames(before.line);
  return unitNames(line).map((name, unitIndex) =>
    step(name, unitLabel(line, unitIndex + 1), "network", "activate", "reversible", {
      lineId: line.lineId,
      unit: unitIndex + 1,
      parameters: { specification: entry.fulfilment, productCode: line.productCode },
      after: ["billing-order", ...afterUnits],
    }),
  );
}

/** By line id, not by place: a line keeps its steps when others are added or removed before it. */
function unitNames(line: OrderLine): readonly string[] {
  return Array.from({ length: line.quantity }, (_, unit) => `network-${line.lineId}-${unit + 1}`);
}

function unitLabel(line: OrderLine, unit: number): string {
  const which = line.quantity === 1 ? "" : ` ${unit} of ${line.quantity}`;
  return `Activate ${line.productName.slice(0, 50)}${which}`;
}

function step(
  name: string,
  label: string,
  module: string,
  operation: string,
  kind: PlannedStep["kind"],
  rest: Pick<PlannedStep, "after"> & Partial<Pick<PlannedStep, "lineId" | "unit" | "parameters">>,
): PlannedStep {
  return {
    name,
    label,
    module,
    operation,
    kind,
    lineId: rest.lineId ?? null,
    unit: rest.unit ?? 1,
    parameters: rest.parameters ?? {},
    after: rest.after.includes(firstStep.name) ? rest.after : [firstStep.name, ...rest.after],
  };
}
