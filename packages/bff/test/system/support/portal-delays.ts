import { readFileSync } from "node:fs";
import type { BrowserContext, Page } from "playwright-core";
import { z } from "zod";
import { sayEntry } from "../../../src/portal/pages/words.ts";
import type { OrderDetail } from "./portal-client.ts";

const observer = readFileSync(new URL("./observe-portal.js", import.meta.url), "utf8");
const sightings = z.record(z.string(), z.number());

/** When each thing first became visible on a page, in milliseconds since 1970 by the page's own clock. */
export type Sightings = Readonly<Record<string, number>>;

/** Opens a page of the portal that writes down what it shows, and waits until its live stream is open. */
export async function openObservedPage(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.addInitScript(observer);
  await page.goto(url);
  await page.locator("#live-mark.on").waitFor();
  return page;
}

export async function readSightings(page: Page): Promise<Sightings> {
  return sightings.parse(await page.evaluate("sluiceSeen"));
}

/** One change, and how long after its journal entry a page showed it; null when the page never did. */
export type Delay = { readonly change: string; readonly delayMs: number | null };

/** Changes of state and of what Salesforce shows, on the list of orders. */
export function listDelays(detail: OrderDetail, seen: Sightings): readonly Delay[] {
  return detail.timeline.flatMap((entry) => {
    const what = rowChange(entry.kind, entry.detail);
    if (what === undefined) return [];
    return [delayOf(what, entry.at, seen[`row ${detail.orderId} ${what}`])];
  });
}

/** Every journal entry, on the order's own page. */
export function entryDelays(detail: OrderDetail, seen: Sightings): readonly Delay[] {
  return detail.timeline.map((entry) => {
    const words = sayEntry(entry.kind, entry.detail);
    return delayOf(words, entry.at, seen[`entry ${entry.at} ${words}`]);
  });
}

/** Null when a page never showed one of them. */
export function worstDelayMs(delays: readonly Delay[]): number | null {
  const known = delays.flatMap(({ delayMs }) => (delayMs === null ? [] : [delayMs]));
  return known.length < delays.length ? null : Math.max(...known);
}

function rowChange(kind: string, detail: Readonly<Record<string, unknown>>): string | undefined {
  if (kind === "state") return `state ${String(detail["to"])}`;
  if (kind === "salesforce_written") return `salesforce ${String(detail["status"])}`;
  return undefined;
}

function delayOf(change: string, at: string, seenAtMs: number | undefined): Delay {
  return { change, delayMs: seenAtMs === undefined ? null : seenAtMs - Date.parse(at) };
}
