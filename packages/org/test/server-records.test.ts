import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { openOrgCore } from "../src/open-org-core.ts";
import type { OrgCore } from "../src/org-core.ts";
import { operator, startMs } from "./core-harness.ts";
import { writeShipmentProject } from "./custom-metadata.ts";
import { fetchToken, serve } from "./server-harness.ts";

type Answer = { readonly status: number; readonly headers: Headers; readonly body: unknown };
type Server = {
  readonly core: OrgCore;
  readonly time: { nowMs: number };
  readonly call: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answer>;
};

/** The org of the shipments behind its REST API. */
async function serveShipments(t: TestContext): Promise<Server> {
  const project = writeShipmentProject(t);
  const time = { nowMs: startMs };
  const core = openOrgCore({
    metadataDirs: [project.dir],
    databaseFile: ":memory:",
    seedFiles: [project.seedFile],
    clock: () => time.nowMs,
    random: () => 0.5,
  });
  const { url } = await serve(t, core);
  const authorization = `Bearer ${await fetchToken(url)}`;
  return {
    core,
    time,
    async call(method, path, body, headers = {}) {
      const answer = await fetch(`${url}/services/data/v67.0${path}`, {
        method,
        headers: { authorization, "content-type": "application/json", ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      return { status: answer.status, headers: answer.headers, body: text === "" ? null : JSON.parse(text) };
    },
  };
}

function codeOf({ status, body }: Answer): readonly [number, string | undefined] {
  return [status, (body as readonly { readonly errorCode: string }[])[0]?.errorCode];
}

function idIn(body: unknown): string {
  return ((body ?? {}) as { readonly id: string }).id;
}

function idOf(core: OrgCore, objectName: string, index = 0): string {
  return String([...core.all(objectName)][index]?.["Id"]);
}

test("a record is deleted with 204, and then known to be deleted", async (t) => {
  const { core, call } = await serveShipments(t);
  const id = idOf(core, "Shipment__c");
  const path = `/sobjects/Shipment__c/${id}`;
  const deleted = await call("DELETE", path);
  assert.deepEqual([deleted.status, deleted.body], [204, null]);
  for (const method of ["GET", "PATCH", "DELETE"]) {
    const answer = await call(method, path, method === "GET" ? undefined : {});
    assert.deepEqual(codeOf(answer), [404, "ENTITY_IS_DELETED"], method);
  }
  const query = encodeURIComponent("SELECT Id, IsDeleted FROM Shipment__c ORDER BY Name");
  type Rows = { readonly records: readonly { readonly Id: string; readonly IsDeleted: boolean }[] };
  const live = (await call("GET", `/query?q=${query}`)).body as Rows;
  assert.deepEqual(
    live.records.map((row) => row.IsDeleted),
    [false],
  );
  const all = (await call("GET", `/queryAll?q=${query}`)).body as Rows;
  assert.deepEqual(
    all.records.map((row) => [row.Id === id, row.IsDeleted]),
    [
      [true, true],
      [false, false],
    ],
  );
});

test("a collection deletes records of several objects, all or none", async (t) => {
  const { core, call } = await serveShipments(t);
  const ids = [idOf(core, "Parcel__c"), "001000000000009AAA", idOf(core, "Shipment__c", 1)];
  type Results = readonly { readonly success: boolean; readonly errors: readonly { statusCode: string }[] }[];
  const codes = (answer: Answer) =>
    (answer.body as Results).map(({ success, errors }) => (success ? "deleted" : errors[0]?.statusCode));
  const undone = "ALL_OR_NONE_OPERATION_ROLLED_BACK";
  const path = `/composite/sobjects?ids=${ids.join(",")}`;
  assert.deepEqual(codes(await call("DELETE", `${path}&allOrNone=true`)), [
    undone,
    "ENTITY_IS_DELETED",
    undone,
  ]);
  assert.equal([...core.all("Shipment__c")].length, 2);
  assert.deepEqual(codes(await call("DELETE", path)), ["deleted", "ENTITY_IS_DELETED", "deleted"]);
  assert.deepEqual([[...core.all("Parcel__c")].length, [...core.all("Shipment__c")].length], [0, 1]);
});

test("all-or-none counts rows that cannot even be read, and publishes none of its events", async (t) => {
  const { core, call } = await serveShipments(t);
  const event = { attributes: { type: "Shipment_Sent__e" }, Number__c: "S-1" };
  const account = { attributes: { type: "Account" }, Name: "B" };
  const bad = { attributes: { type: "Account" }, Colour__c: "red" };
  type Results = readonly {
    readonly id?: string;
    readonly errors: readonly { statusCode: string; message: string }[];
  }[];
  const post = async (allOrNone: boolean) =>
    (await call("POST", "/composite/sobjects", { allOrNone, records: [account, event, bad] }))
      .body as Results;
  assert.deepEqual(
    (await post(true)).map(({ errors }) => errors[0]?.statusCode),
    ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_FIELD"],
  );
  assert.equal([...core.all("Account")].length, 1);
  assert.equal(core.bus.read("/event/Shipment_Sent__e", -1, 10).length, 0);
  const [saved, published, refused] = await post(false);
  assert.equal(core.get("Account", saved?.id ?? "")?.["Name"], "B");
  assert.equal(published?.id, "e01xx0000000001AAA");
  assert.equal(published.errors[0]?.statusCode, "OPERATION_ENQUEUED");
  assert.equal(core.bus.read("/event/Shipment_Sent__e", -1, 10)[0]?.eventId, published.errors[0].message);
  assert.equal(refused?.errors[0]?.statusCode, "INVALID_FIELD");
});

test("an upsert makes a record with 201 and changes it with 200", async (t) => {
  const { core, call } = await serveShipments(t);
  const path = "/sobjects/Account/Customer_Key__c/C-2";
  const made = await call("PATCH", path, { Name: "Bolt" });
  const { id } = made.body as { readonly id: string };
  assert.deepEqual([made.status, made.body], [201, { id, success: true, errors: [], created: true }]);
  assert.equal(core.get("Account", id)?.["Customer_Key__c"], "C-2");
  const changed = await call("PATCH", path.replace("C-2", "c-2"), { Name: "Bolt & Co" });
  assert.deepEqual([changed.status, changed.body], [200, { id, success: true, errors: [], created: false }]);
  assert.equal(core.get("Account", id)?.["Name"], "Bolt & Co");
  const read = (await call("GET", path)).body as { readonly Id: string };
  assert.equal(read.Id, id);
  const parcel = await call("PATCH", "/sobjects/Parcel__c/Tracking__c/4711", { Name: "Box 1" });
  assert.equal(parcel.status, 200);
  const byId = await call("PATCH", `/sobjects/Account/Id/${id}`, { Name: "Bolt" });
  assert.equal(byId.status, 200);
});

test("an upsert is refused where the key is none, is said twice, or is not unique", async (t) => {
  const { core, call } = await serveShipments(t);
  for (const [path, body, expected] of [
    ["/sobjects/Account/Name/Acme", {}, [404, "NOT_FOUND"]],
    ["/sobjects/Account/Customer_Key__c/C-1", { Customer_Key__c: "C-1" }, [400, "INVALID_FIELD"]],
    ["/sobjects/Parcel__c/Tracking__c/x1", {}, [400, "JSON_PARSER_ERROR"]],
    ["/sobjects/Account/Id/001000000000009AAA", {}, [404, "NOT_FOUND"]],
    ["/sobjects/Account/Customer_Key__c/C-9", {}, [400, "REQUIRED_FIELD_MISSING"]],
  ] as const) {
    assert.deepEqual(codeOf(await call("PATCH", path, body)), expected, path);
  }
  core.update(operator, "Shipment__c", idOf(core, "Shipment__c", 1), { Reference__c: "R1" });
  const several = await call("PATCH", "/sobjects/Shipment__c/Reference__c/R1", { State__c: "Sent" });
  assert.deepEqual(codeOf(several), [300, "MULTIPLE_CHOICES"]);
  const twin = await call("POST", "/sobjects/Account", { Name: "B", Customer_Key__c: "C-1" });
  assert.deepEqual(codeOf(twin), [400, "DUPLICATE_VALUE"]);
});

test("conditional requests compare whole seconds, on rows of any object", async (t) => {
  const { core, time, call } = await serveShipments(t);
  const path = `/sobjects/Shipment__c/${idOf(core, "Shipment__c")}`;
  const at = (offsetMs: number): string => new Date(startMs + offsetMs).toUTCString();
  time.nowMs = startMs + 10_900;
  await call("PATCH", path, { State__c: "Packed" });
  for (const [method, header, offsetMs, expected] of [
    ["GET", "if-modified-since", 9_000, 200],
    ["GET", "if-modified-since", 10_000, 304],
    ["GET", "if-modified-since", 60_000, 304],
    ["GET", "if-unmodified-since", 9_000, 412],
    ["GET", "if-unmodified-since", 10_000, 200],
    ["PATCH", "if-unmodified-since", 9_000, 412],
    ["PATCH", "if-unmodified-since", 10_000, 204],
    ["PATCH", "if-modified-since", 60_000, 204],
    ["DELETE", "if-unmodified-since", 9_000, 204],
  ] as const) {
    const body = method === "PATCH" ? { State__c: "Packed" } : undefined;
    const answer = await call(method, path, body, { [header]: at(offsetMs) });
    assert.equal(answer.status, expected, `${method} ${header} ${offsetMs}`);
    if (expected === 412) assert.equal(codeOf(answer)[1], "PRECONDITION_FAILED");
  }
  const other = `/sobjects/Shipment__c/${idOf(core, "Shipment__c")}`;
  const vague = { "if-unmodified-since": "yesterday" };
  assert.equal((await call("GET", other, undefined, vague)).status, 200);
  assert.equal((await call("PATCH", other, {}, vague)).status, 400);
});

test("entity tags belong to accounts alone", async (t) => {
  const { core, call } = await serveShipments(t);
  const path = `/sobjects/Account/${idOf(core, "Account")}`;
  const tag = (await call("GET", path)).headers.get("etag") ?? "";
  assert.match(tag, /^"[\w-]{27}"$/);
  assert.equal((await call("GET", path, undefined, { "if-none-match": tag })).status, 304);
  assert.equal((await call("PATCH", path, {}, { "if-match": '"other"' })).status, 412);
  assert.equal((await call("PATCH", path, {}, { "if-match": "no tag" })).status, 400);
  assert.equal((await call("PATCH", path, { Name: "Acme 2" }, { "if-match": tag })).status, 204);
  assert.equal((await call("PATCH", path, { Name: "Acme 3" }, { "if-match": tag })).status, 412);
  assert.equal((await call("GET", path, undefined, { "if-none-match": tag })).status, 200);
  const shipment = await call("GET", `/sobjects/Shipment__c/${idOf(core, "Shipment__c")}`);
  assert.equal(shipment.headers.get("etag"), null);
});

test("describe tells what can be deleted, what is a key and what the org numbers", async (t) => {
  const { call } = await serveShipments(t);
  type Described = {
    readonly label: string;
    readonly labelPlural: string;
    readonly custom: boolean;
    readonly keyPrefix: string;
    readonly deletable: boolean;
    readonly fields: readonly Readonly<Record<string, unknown>>[];
    readonly childRelationships: readonly Readonly<Record<string, unknown>>[];
  };
  const describe = async (name: string) =>
    (await call("GET", `/sobjects/${name}/describe`)).body as Described;
  const shipment = await describe("Shipment__c");
  const { label, labelPlural, custom, keyPrefix, deletable } = shipment;
  assert.deepEqual(
    { label, labelPlural, custom, keyPrefix, deletable },
    { label: "Shipment", labelPlural: "Shipments", custom: true, keyPrefix: "a01", deletable: true },
  );
  const field = (name: string) => shipment.fields.find((found) => found["name"] === name) ?? {};
  assert.deepEqual([field("Name")["autoNumber"], field("Name")["createable"]], [true, false]);
  assert.deepEqual([field("Reference__c")["externalId"], field("Reference__c")["unique"]], [true, false]);
  assert.deepEqual(
    [field("Discount__c")["type"], field("Handling__c")["type"]],
    ["percent", "multipicklist"],
  );
  assert.deepEqual(shipment.childRelationships, [
    {
      childSObject: "Parcel__c",
      field: "Shipment__c",
      relationshipName: "Parcels__r",
      cascadeDelete: true,
      restrictedDelete: false,
    },
  ]);
  assert.equal((await describe("User")).deletable, false);
  assert.equal((await describe("Shipment_Sent__e")).deletable, false);
});

type CompositeAnswer = {
  readonly compositeResponse: readonly {
    readonly body: unknown;
    readonly httpStatusCode: number;
    readonly referenceId: string;
  }[];
};
const base = "/services/data/v67.0/sobjects";
const newAccount = { method: "POST", url: `${base}/Account`, referenceId: "acc", body: { Name: "Bolt" } };
const newShipment = {
  method: "POST",
  url: `${base}/Shipment__c`,
  referenceId: "ship",
  body: { Account__c: "@{acc.id}", Reference__c: "for @{acc.id}" },
};

test("parts of a composite request use results of earlier ones", async (t) => {
  const { core, call } = await serveShipments(t);
  const { status, body } = await call("POST", "/composite", {
    allOrNone: true,
    compositeRequest: [
      newAccount,
      newShipment,
      {
        method: "PATCH",
        url: `${base}/Shipment__c/@{ship.id}`,
        referenceId: "sent",
        body: { State__c: "Sent" },
      },
      {
        method: "PATCH",
        url: `${base}/Account/Customer_Key__c/C-7`,
        referenceId: "up",
        body: { Name: "Up" },
      },
      {
        method: "GET",
        url: "/services/data/v67.0/query?q=SELECT+Id+FROM+Shipment__c+WHERE+Account__c='@{acc.id}'",
        referenceId: "found",
      },
      {
        method: "GET",
        url: `${base}/Shipment__c/@{found.records[0].Id}?fields=State__c`,
        referenceId: "read",
      },
      { method: "DELETE", url: `${base}/Account/@{up.id}`, referenceId: "gone" },
    ],
  });
  const answers = (body as CompositeAnswer).compositeResponse;
  assert.equal(status, 200);
  assert.deepEqual(
    answers.map((answer) => [answer.referenceId, answer.httpStatusCode]),
    [
      ["acc", 201],
      ["ship", 201],
      ["sent", 204],
      ["up", 201],
      ["found", 200],
      ["read", 200],
      ["gone", 204],
    ],
  );
  const { Id, State__c } = (answers[5]?.body ?? {}) as { readonly Id: string; readonly State__c: string };
  assert.equal(State__c, "Sent");
  const accountId = idIn(answers[0]?.body);
  assert.equal(core.get("Shipment__c", Id)?.["Reference__c"], `for ${accountId}`);
  assert.equal(core.bus.read("/event/Shipment_Sent__e", -1, 10).length, 1);
});

test("a refused part halts those that need it, or all of an all-or-none request", async (t) => {
  const { core, call } = await serveShipments(t);
  const bad = { ...newAccount, body: { Name: null } };
  const other = { ...newAccount, referenceId: "other" };
  const codes = async (allOrNone: boolean, compositeRequest: readonly unknown[]) => {
    const { body } = await call("POST", "/composite", { allOrNone, compositeRequest });
    return (body as CompositeAnswer).compositeResponse.map(
      (answer) => (answer.body as readonly { readonly errorCode: string }[])[0]?.errorCode,
    );
  };
  const counts = () => [[...core.all("Account")].length, [...core.all("Shipment__c")].length];
  const halted = "PROCESSING_HALTED";
  assert.deepEqual(await codes(true, [other, bad, newShipment]), [halted, "REQUIRED_FIELD_MISSING", halted]);
  assert.deepEqual(counts(), [1, 2]);
  assert.deepEqual(await codes(false, [bad, newShipment, other]), [
    "REQUIRED_FIELD_MISSING",
    halted,
    undefined,
  ]);
  assert.deepEqual(counts(), [2, 2]);
  const list = { method: "GET", url: `${base}/Account`, referenceId: "list" };
  assert.deepEqual(await codes(false, [newAccount, list]), [undefined, "INVALID_INPUT"]);
  const many = Array.from({ length: 26 }, (_unused, index) => ({ ...newAccount, referenceId: `a${index}` }));
  for (const compositeRequest of [many, [newAccount, newAccount]]) {
    assert.equal((await call("POST", "/composite", { compositeRequest })).status, 400);
  }
});
