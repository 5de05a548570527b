import type { FieldDefinition, FieldValue } from "../org-core.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";

const amounts = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const counts = new Intl.NumberFormat("en-US");

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

/** `12,400`. */
export function formatCount(count: number): string {
  return counts.format(count);
}

/** `2026-01-31 12:00:00.250 UTC`. */
function formatDateTime(iso: string): string {
  return iso.replace("T", " ").replace(/Z$/, " UTC");
}

/** `2026-01-31 12:00:00 UTC`. */
export function formatMoment(ms: number): string {
  return formatDateTime(new Date(ms).toISOString().replace(/\.\d+Z$/, "Z"));
}

/** `Provision_Request` and `provisionRequest` in plain words. */
export function formatName(name: string): string {
  const words = name
    .replace(/__[a-z]$/, "")
    .replaceAll("_", " ")
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2");
  return words.slice(0, 1).toUpperCase() + words.slice(1);
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
