import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import chromium from "@sparticuz/chromium";
import { chromium as playwright } from "playwright-core";
import type { BrowserContext } from "playwright-core";

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
