import type { FieldDefinition, FieldValue } from "../org-core.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";

const amounts = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** A field value for people; an empty one is a dash. */
export function formatValue(field: FieldDefinition, value: FieldValue): string {
  if (value === null) return "–";
  if (field.type === "datetime") return formatDateTime(String(value));
  if (field.type === "currency" && typeof value === "number") return amounts.format(value);
  if (typeof value === "boolean") return value ? "Yes" : "No";
  return String(value);
}

export function formatAmount(value: FieldValue | undefined): string {
  return typeof value === "number" ? amounts.format(value) : "–";
}

/** `2026-01-31 12:00:00.250 UTC`. */
function formatDateTime(iso: string): string {
  return iso.replace("T", " ").replace(/Z$/, " UTC");
}

const toneByStatus: Readonly<Record<string, string>> = {
  Approved: "blue",
  Provisioning: "blue",
  Acknowledged: "blue",
  "In Progress": "blue",
  "In Review": "amber",
  Pending: "amber",
  "On Hold": "amber",
  Held: "amber",
  Activated: "green",
  Completed: "green",
  Failed: "red",
  Cancelled: "red",
};

/** A coloured label for a status of either kind. */
export function badge(status: FieldValue | undefined): Html {
  const text = typeof status === "string" ? status : "–";
  return html`<span class="badge ${toneByStatus[text] ?? "grey"}">${text}</span>`;
}
