import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { connect, getCACertificates, setDefaultCACertificates } from "node:tls";
import { fileURLToPath } from "node:url";
import { startOrg } from "@sluice/org";
import { contextTrusting } from "../src/network/trust.ts";

const metadataDir = fileURLToPath(new URL("fixtures/metadata", import.meta.url));

test("a given authority is trusted beside those that are trusted anyway", async (t) => {
  await using org = await startOrg({ metadataDirs: [metadataDir] });
  const [given = ""] = getCACertificates("bundled");
  const trustedAnyway = getCACertificates("default");
  t.after(() => {
    setDefaultCACertificates(trustedAnyway);
  });
  const isTrusted = async (ca: string): Promise<boolean> => {
    const [host = "", port] = org.pubsubEndpoint.split(":");
    const secureContext = contextTrusting(ca);
    const socket = connect({
      host,
      servername: host,
      port: Number(port),
      secureContext,
      rejectUnauthorized: false,
    });
    await once(socket, "secureConnect");
    socket.destroy();
    return socket.authorized;
  };
  assert.equal(await isTrusted(given), false);
  assert.equal(await isTrusted(readFileSync(org.caFile, "utf8")), true);
  setDefaultCACertificates([...trustedAnyway, readFileSync(org.caFile, "utf8")]);
  assert.equal(await isTrusted(`${given}\n`), true, "made anew, since the text differs");
});
