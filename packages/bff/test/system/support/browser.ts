import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import chromium from "@sparticuz/chromium";
import { chromium as playwright } from "playwright-core";
import type { BrowserContext, Page } from "playwright-core";

/** A real Chromium from npm, with a profile of its own. */
export async function openBrowser(): Promise<AsyncDisposable & { readonly context: BrowserContext }> {
  const profile = await mkdtemp(join(tmpdir(), "sluice-browser-"));
  const context = await playwright.launchPersistentContext(profile, {
    executablePath: await chromium.executablePath(),
    args: chromium.args,
    headless: true,
    timezoneId: "UTC",
  });
  return {
    context,
    async [Symbol.asyncDispose]() {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/**
 * A second after a page is loaded the browser may stand still for up to another second, busy with itself. What the page
 * shows late then says nothing about the page, so a test that measures begins when it has run freely for a while.
 */
export function untilRunsFreely(page: Page): Promise<void> {
  return page.evaluate(
    ({ freeMs, gapMs }) =>
      new Promise<void>((resolve) => {
        let freeSince = performance.now();
        let last = freeSince;
        const timer = setInterval(() => {
          const now = performance.now();
          if (now - last > gapMs) freeSince = now;
          last = now;
          if (now - freeSince < freeMs) return;
          clearInterval(timer);
          resolve();
        }, 20);
      }),
    { freeMs: 2_000, gapMs: 150 },
  );
}
