import { integerField } from "./form.ts";
import type { Form } from "./form.ts";

/** One page of a list, and how many there are in all. */
export type Page<Item> = { readonly items: readonly Item[]; readonly total: number };
export type PageRequest = { readonly start: number; readonly size: number };

const defaultPageSize = 25;
const maxPageSize = 1_000;

/** `limitstart` and `limitnum`; WHMCS gives 25 entries when the caller does not say. */
export function readPageRequest(form: Form): PageRequest {
  return {
    start: integerField(form, "limitstart") ?? 0,
    size: Math.min(integerField(form, "limitnum") ?? defaultPageSize, maxPageSize),
  };
}

/** The counters that stand above every list. */
export function pageHeader(page: Page<unknown>, request: PageRequest): Readonly<Record<string, number>> {
  return { totalresults: page.total, startnumber: request.start, numreturned: page.items.length };
}
