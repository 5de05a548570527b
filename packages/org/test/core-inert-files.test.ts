import assert from "node:assert/strict";
import { test } from "node:test";
import { copyMetadata, openTestOrg } from "./core-harness.ts";

const core = "core/main/default";
const namespace = 'xmlns="http://soap.sforce.com/2006/04/metadata"';

for (const [file, root] of [
  ["A.eca-meta.xml", "ExternalClientApplication"],
  ["A.ecaOauth-meta.xml", "ExtlClntAppOauthSettings"],
  ["A.ecaOauthPlcy-meta.xml", "ExtlClntAppOauthConfigurablePolicies"],
  ["A.listView-meta.xml", "ListView"],
  ["A.settings-meta.xml", "OrderSettings"],
  ["A.customPermission-meta.xml", "CustomPermission"],
  ["A.cls-meta.xml", "ApexClass"],
] as const) {
  test(`takes ${file} with the root ${root}, and no other`, (t) => {
    const metadata = copyMetadata(t);
    metadata.add(`${core}/${file}`, `<${root} ${namespace}/>`);
    openTestOrg(t, { metadataDirs: metadata.dirs });
    metadata.add(`${core}/${file}`, `<Flow ${namespace}/>`);
    assert.throws(() => openTestOrg(t, { metadataDirs: metadata.dirs }), {
      code: "unknown_element",
      message: new RegExp(`${file}.*The root element must be <.*${root.replace(/^Order/, "")}>`),
    });
    metadata.add(`${core}/${file}`, `<${root} ${namespace}>`);
    assert.throws(() => openTestOrg(t, { metadataDirs: metadata.dirs }), { code: "malformed_xml" });
  });
}

test("takes Apex source without reading it", (t) => {
  const metadata = copyMetadata(t);
  metadata.add(`${core}/classes/Other.cls`, "public class Other {}");
  openTestOrg(t, { metadataDirs: metadata.dirs });
});

for (const file of ["A.ecaGlblOauth-meta.xml", "A.ecaGlblOauth"]) {
  test(`refuses ${file} by name, because it holds keys`, (t) => {
    const metadata = copyMetadata(t);
    metadata.add(`${core}/${file}`, `<ExtlClntAppGlobalOauthSettings ${namespace}/>`);
    assert.throws(() => openTestOrg(t, { metadataDirs: metadata.dirs }), {
      code: "unknown_file",
      message: /ecaGlblOauth.*: It holds the consumer key and the secret/,
    });
  });
}
