import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";

const assets = [
  { url: "/", file: "page.html", type: "text/html; charset=utf-8" },
  { url: "/page.css", file: "page.css", type: "text/css; charset=utf-8" },
  { url: "/page.js", file: "page.js", type: "text/javascript; charset=utf-8" },
] as const;

const contentSecurityPolicy =
  "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Serves the page that shows calls and effects as they come in; it asks the control interface once a second. */
export function pageRoutes(server: FastifyInstance): void {
  for (const { url, file, type } of assets) {
    const content = readFileSync(new URL(`./page/${file}`, import.meta.url), "utf8");
    server.get(url, (_request, reply) =>
      reply
        .header("content-type", type)
        .header("cache-control", "no-cache")
        .header("content-security-policy", contentSecurityPolicy)
        .header("x-content-type-options", "nosniff")
        .send(content),
    );
  }
}
