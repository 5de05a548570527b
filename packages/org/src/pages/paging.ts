import { html } from "./html.ts";
import type { Html } from "./html.ts";

const pageSize = 50;

export type PageOf<Item> = {
  readonly items: readonly Item[];
  readonly page: number;
  readonly pages: number;
  readonly total: number;
};

/** Page `page` of the items, counted from 1; beyond the last one it is the last one. */
export function takePage<Item>(all: readonly Item[], page: number): PageOf<Item> {
  const pages = Math.max(1, Math.ceil(all.length / pageSize));
  const shown = Math.min(Math.max(1, page), pages);
  return {
    items: all.slice((shown - 1) * pageSize, shown * pageSize),
    page: shown,
    pages,
    total: all.length,
  };
}

/** Links to the pages around; nothing when there is only one. */
export function renderPager(
  { page, pages, total }: PageOf<unknown>,
  linkTo: (page: number) => string,
): Html | null {
  if (pages === 1) return null;
  const step = (target: number, label: string): Html =>
    target < 1 || target > pages
      ? html`<span class="muted">${label}</span>`
      : html`<a href="${linkTo(target)}">${label}</a>`;
  const first = (page - 1) * pageSize + 1;
  return html`<nav class="pager" aria-label="Pages">
    ${step(page - 1, "← Newer")}
    <span>${first} to ${Math.min(total, first + pageSize - 1)} of ${total}</span>
    ${step(page + 1, "Older →")}
  </nav>`;
}

/** A query string of what is neither empty nor the first page, `?` included. */
export function queryOf(parts: Readonly<Record<string, string | number>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parts)) {
    if (value !== "" && value !== 1) query.set(name, String(value));
  }
  return query.size === 0 ? "" : `?${query.toString()}`;
}
