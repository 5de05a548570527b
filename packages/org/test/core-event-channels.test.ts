import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { parseEventFilter } from "../src/bus/event-filter.ts";
import { FilterSyntaxError } from "../src/bus/filter-tokens.ts";
import { matchesFilter } from "../src/bus/match-filter.ts";
import { MetadataError } from "../src/metadata/metadata-error.ts";
import { copyMetadata, openTestOrg, operator, topic } from "./core-harness.ts";
import type { MetadataCopy } from "./core-harness.ts";
import { addChannel, addManaged, addMember, addNotice, noticeTopic } from "./event-delivery-metadata.ts";

const values = {
  Text__c: "Hello World",
  Count__c: 5,
  Flag__c: true,
  At__c: 1_700_000_000_000,
  Nothing__c: null,
};

type Row = readonly [filter: string, passes: boolean];
const rows: readonly Row[] = [
  ["Text__c = 'hello world'", true],
  ["text__c = 'HELLO WORLD'", true],
  ["Text__c != 'x'", true],
  ["Text__c LIKE 'hello%'", true],
  ["Text__c like '_ello world'", true],
  ["Text__c LIKE 'ello%'", false],
  ["Text__c > 'a' AND Count__c >= 5", true],
  ["Count__c < 5 OR Count__c > 5", false],
  ["Count__c <= 5.0", true],
  ["Count__c IN (1, 5)", true],
  ["Count__c NOT IN (1, 5)", false],
  ["NOT Count__c = 4", true],
  ["NOT (Count__c = 5 AND Flag__c = TRUE)", false],
  ["Flag__c = true", true],
  ["At__c > 2023-11-14T00:00:00Z", true],
  ["At__c < 2023-11-14", false],
  ["Nothing__c = null", true],
  ["Nothing__c != 'x'", true],
  ["Nothing__c > 1", false],
  ["Count__c = 1 OR Count__c = 5 AND Flag__c = false", false],
  ["(Count__c = 5 OR Count__c = 1) AND Flag__c = true", true],
  [String.raw`Text__c = 'it\'s'`, false],
];

for (const [filter, passes] of rows) {
  test(`the filter ${filter} ${passes ? "lets the event pass" : "holds the event back"}`, () => {
    assert.equal(matchesFilter(parseEventFilter(filter), values), passes);
  });
}

test("text that is no filter is refused with its place", () => {
  for (const [text, message] of [
    ["Count__c", /= != > < >= <= LIKE, IN or NOT IN is expected at the end/],
    ["Count__c = ", /a value is expected at the end/],
    ["Count__c = 5 Flag__c = true", /AND, OR or the end is expected at column 14, "Flag__c"/],
    ["(Count__c = 5", /\) is expected at the end/],
    ["Count__c IN 5", /\( is expected at column 13/],
    ["Count__c ~ 5", /"~ 5" at column 10 is not understood/],
    ["Count__c = 2147483648", /needs a decimal point: write 2147483648.0/],
    ["5 = Count__c", /a field is expected at column 1/],
  ] as const) {
    assert.throws(
      () => parseEventFilter(text),
      (reason) => {
        assert.ok(reason instanceof FilterSyntaxError);
        assert.match(reason.message, message);
        return true;
      },
    );
  }
});

function withNotice(context: TestContext, change: (metadata: MetadataCopy) => void) {
  const metadata = copyMetadata(context);
  addNotice(metadata);
  change(metadata);
  return metadata;
}

test("a channel carries the events of all its members in the order of the bus, filtered", (context) => {
  const metadata = withNotice(context, (copy) => {
    addChannel(copy, "All__chn");
    addMember(copy, "All__chn", "OrderProvisionRequested__e");
    addMember(
      copy,
      "All__chn",
      "Notice__e",
      "<filterExpression><![CDATA[Text__c LIKE 'big%' AND Count__c > 1]]></filterExpression>",
    );
  });
  const { core } = openTestOrg(context, { metadataDirs: metadata.dirs });
  const channel = "/event/All__chn";
  assert.deepEqual(core.bus.topic(channel), { name: channel, schemaId: "" });
  const notice = (text: string, count: number) =>
    core.publish(operator, "Notice__e", { Text__c: text, Count__c: count });
  const order = (key: string) =>
    core.publish(operator, "OrderProvisionRequested__e", {
      Order_Id__c: "801Hs0000000001IAA",
      Request_Key__c: key,
    });
  const expected = [notice("big", 2), order("1"), notice("BIGGER", 3), order("2")];
  notice("small", 9);
  notice("big", 1);
  for (let index = 0; index < 150; index += 1) notice("small", index);
  expected.push(order("3"));
  const found = core.bus.read(channel, -1, 100);
  assert.deepEqual(
    found.map(({ eventId }) => eventId),
    expected,
  );
  assert.deepEqual([...new Set(found.map((event) => event.topic))], [noticeTopic, topic]);
  const [, second] = found;
  assert.deepEqual(core.bus.read(channel, second?.position ?? 0, 2), found.slice(2, 4));
  assert.throws(
    () => core.bus.append(channel, [{ id: null, schemaId: "", payload: new Uint8Array() }]),
    /no topic/,
  );
});

type Refusal = readonly [what: string, change: (copy: MetadataCopy) => void, code: string, message: RegExp];
const filter = (text: string): string => `<filterExpression><![CDATA[${text}]]></filterExpression>`;
const member =
  (rest: string, event = "Notice__e") =>
  (copy: MetadataCopy): void => {
    addChannel(copy, "All__chn");
    addMember(copy, "All__chn", event, rest);
  };
const refusals: readonly Refusal[] = [
  [
    "a channel without __chn",
    (copy) => {
      addChannel(copy, "All");
    },
    "bad_value",
    /must be named All__chn/,
  ],
  [
    "a channel of change events",
    (copy) => {
      addChannel(copy, "All__chn", "<eventType>data</eventType>");
    },
    "bad_value",
    /<eventType> takes one of custom/,
  ],
  [
    "a member of no channel",
    (copy) => {
      addMember(copy, "Other__chn", "Notice__e");
    },
    "unknown_reference",
    /no channel Other__chn/,
  ],
  [
    "a member that is a change event",
    member("", "OrderChangeEvent"),
    "unknown_reference",
    /change events are not offered here/,
  ],
  [
    "enriched fields",
    member("<enrichedFields><name>X</name></enrichedFields>"),
    "unknown_element",
    /<enrichedFields> is not understood/,
  ],
  [
    "a filter that is not understood",
    member(filter("Text__c ==")),
    "bad_value",
    /The filter is not understood: a value is expected/,
  ],
  [
    "a filter over an unknown field",
    member(filter("Other__c = 1")),
    "unknown_reference",
    /no field Other__c on Notice__e; it has/,
  ],
  [
    "a filter over long text",
    member(filter("Body__c = 'x'")),
    "bad_value",
    /Notice__e.Body__c cannot be filtered this way/,
  ],
  [
    "a filter that compares a number with text",
    member(filter("Count__c = '1'")),
    "bad_value",
    /compared with "1", which is no number/,
  ],
  ["LIKE on a number", member(filter("Count__c LIKE '1%'")), "bad_value", /cannot be filtered this way/],
  [
    "a managed subscription of an unknown topic",
    (copy) => {
      addManaged(copy, "Orders", "/event/Other__e");
    },
    "unknown_reference",
    /no topic \/event\/Other__e/,
  ],
  [
    "a managed subscription that pauses",
    (copy) => {
      addManaged(copy, "Orders", noticeTopic, "PAUSE");
    },
    "bad_value",
    /takes one of RUN, STOP/,
  ],
];

for (const [what, change, code, message] of refusals) {
  test(`refuses ${what}`, (context) => {
    const metadata = withNotice(context, change);
    assert.throws(
      () => openTestOrg(context, { metadataDirs: metadata.dirs }),
      (reason) => {
        assert.ok(reason instanceof MetadataError, String(reason));
        assert.deepEqual([reason.code, message.test(reason.message)], [code, true], reason.message);
        return true;
      },
    );
  });
}

test("a filter may use ten fields and no more", (context) => {
  const metadata = withNotice(context, (copy) => {
    addChannel(copy, "All__chn");
    const names = Array.from({ length: 11 }, (_unused, index) => `F${index}__c = 1`);
    addMember(copy, "All__chn", "Notice__e", filter(names.join(" OR ")));
  });
  assert.throws(
    () => openTestOrg(context, { metadataDirs: metadata.dirs }),
    /may use 10 fields, and this one uses 11/,
  );
});

test("managed subscriptions of the metadata keep ids, positions and changes until their file changes", (context) => {
  const metadata = withNotice(context, (copy) => {
    addManaged(copy, "Orders", topic);
  });
  const { core } = openTestOrg(context, { metadataDirs: metadata.dirs });
  const { managedSubscriptions } = core;
  const [orders] = managedSubscriptions.list();
  assert.ok(orders !== undefined);
  assert.match(orders.id, /^18xHs[0-9a-f]{10}[A-Z0-5]{3}$/);
  managedSubscriptions.commit(orders.id, core.bus.latest().replayId);
  core.reload();
  assert.notEqual(managedSubscriptions.get(orders.id)?.committed ?? null, null);
  addManaged(metadata, "Orders", topic, "STOP");
  core.reload();
  assert.deepEqual(
    [managedSubscriptions.get(orders.id)?.state, managedSubscriptions.get(orders.id)?.committed],
    ["STOP", null],
  );
});
