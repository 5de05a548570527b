import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { RunningOrg } from "@sluice/org";
import type { GapCause } from "../src/store/gap.ts";
import { onEachDatabase, onPostgres } from "./support/databases.ts";
import {
  approve,
  approveUnheard,
  hourMs,
  minuteMs,
  newOrder,
  openGround,
  startStillOrg,
} from "./support/gaps.ts";

type Ground = Awaited<ReturnType<typeof openGround>>;
let org: RunningOrg;

before(async () => {
  org = await startStillOrg();
});
after(() => org.close());

/** Opens the gap's window to the sweep, then to the check, and looks at each. */
async function closesByItself(ground: Ground, cause: GapCause, missed: string): Promise<void> {
  const [opened, ...others] = await ground.gaps();
  assert.deepEqual([opened?.cause, others], [cause, []]);
  assert.deepEqual(await ground.states(missed), [], "the event never came");

  org.clock.advance(4 * minuteMs);
  await ground.sweep();
  assert.deepEqual(await ground.states(missed), ["queued"]);
  const [refilled] = await ground.gaps();
  assert.equal(refilled?.refilled, 1);
  assert.equal(refilled.closedAt, null);
  assert.match(refilled.lastCheck?.reason ?? "", /^events of the window may still come/);

  org.clock.advance(12 * minuteMs);
  await ground.sweep();
  const [closed, ...more] = await ground.gaps();
  assert.deepEqual(more, []);
  assert.notEqual(closed?.closedAt ?? null, null, closed?.lastCheck?.reason ?? "");
  assert.equal(closed?.lastCheck?.missing, 0);
  assert.ok((closed?.lastCheck?.seen ?? 0) >= 1);
  assert.match(closed?.lastCheck?.queries[0] ?? "", /^SELECT .* FROM Order WHERE SystemModstamp >= /);
  assert.match(closed?.lastCheck?.visibility?.grantedBy ?? "", /View All/);
}

/** Each breaks the stream while nobody reads, and loses the approval of an order on the way. */
const breaks: readonly {
  readonly name: string;
  readonly cause: GapCause;
  readonly breakStream: (ground: Ground, missed: string) => Promise<unknown>;
}[] = [
  {
    name: "80 hours without reading",
    cause: "silence_beyond_retention",
    breakStream: async (_ground, missed) => {
      approve(org, missed);
      org.clock.advance(80 * hourMs);
    },
  },
  {
    name: "an expired position that moved lately",
    cause: "replay_id_rejected",
    breakStream: async (ground, missed) => {
      org.clock.advance(73 * hourMs);
      const movedAt = new Date(org.clock.now()).toISOString();
      await ground.store.query("UPDATE cursor SET updated_at = $1::timestamptz", [movedAt]);
      approveUnheard(org, missed);
    },
  },
  {
    name: "a position of another org",
    cause: "replay_id_rejected",
    breakStream: async (ground, missed) => {
      approveUnheard(org, missed);
      await ground.store.query("UPDATE cursor SET replay_id = '\\xfeedfacefeedfacefeed'::bytea");
    },
  },
  {
    name: "a stream that began anew",
    cause: "replay_id_rejected",
    breakStream: async (_ground, missed) => {
      approve(org, missed);
      org.core.state.resetStream(false);
    },
  },
];

for (const { name, cause, breakStream } of breaks) {
  onPostgres(
    `${name} opens a gap that is refilled from records and closed by the check`,
    async (database) => {
      const ground = await openGround(org, database);
      const [heard, missed] = [newOrder(org), newOrder(org)];
      approve(org, heard);
      await ground.read((admitted) => admitted.includes(heard));
      await breakStream(ground, missed);
      await ground.read((_admitted, gaps) => gaps > 0);
      await closesByItself(ground, cause, missed);
      await ground.store.close();
    },
  );
}

onEachDatabase("a lost event opens a gap, and its order is admitted once", async (database) => {
  const ground = await openGround(org, database);
  const [heard, missed, late] = [newOrder(org), newOrder(org), newOrder(org)];
  approve(org, heard);
  await ground.read((admitted) => admitted.includes(heard));
  approveUnheard(org, missed);
  await ground.sweep();
  assert.deepEqual(await ground.states(missed), [], "it may still be on its way");
  org.clock.advance(4 * minuteMs);
  const foreseen = await ground.sweep(true);
  assert.deepEqual(
    foreseen.missing.map(({ orderId }) => orderId),
    [missed],
  );
  assert.deepEqual(await ground.states(missed), [], "a dry run admits nothing");
  assert.equal((await ground.sweep()).admitted, 1);
  const [opened] = await ground.gaps();
  assert.deepEqual([opened?.cause, opened?.refilled, opened?.closedAt], ["event_missing", 1, null]);
  assert.match(ground.problems[0] ?? "", /1 approvals came without an event .* see gap 1/);

  // Another one is lost while the gap is open.
  org.clock.advance(minuteMs);
  approveUnheard(org, late);
  org.clock.advance(4 * minuteMs);
  await ground.sweep();
  const [widened, ...others] = await ground.gaps();
  assert.deepEqual(others, []);
  assert.equal(widened?.refilled, 2);
  assert.ok((widened?.windowEnd ?? "") > (opened?.windowEnd ?? ""));

  org.clock.advance(16 * minuteMs);
  await ground.sweep();
  const [closed] = await ground.gaps();
  assert.notEqual(closed?.closedAt ?? null, null, closed?.lastCheck?.reason ?? "");
  assert.deepEqual(await ground.states(missed), ["queued"]);
  await ground.store.close();
});

onPostgres(
  "an order inserted as approved, and a cancellation whose event was lost, are found",
  async (database) => {
    const ground = await openGround(org, database);
    const [heard] = [newOrder(org)];
    approve(org, heard);
    await ground.read((admitted) => admitted.includes(heard));
    const { AccountId, EffectiveDate, Pricebook2Id } = org.core.get("Order", heard) ?? {};
    const values = { AccountId, EffectiveDate, Pricebook2Id, Status: "Approved" };
    const known = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
    const inserted = org.core.create({ userId: "005Hs0000000001IAA" }, "Order", known as never);
    org.faults.arm({ kind: "event_lost", schedule: { kind: "times", times: 1 }, match: {}, options: {} });
    org.core.update({ userId: "005Hs0000000001IAA" }, "Order", heard, { Status: "Cancelled" });
    org.clock.advance(4 * minuteMs);
    assert.equal((await ground.sweep()).admitted, 2);
    assert.deepEqual(await ground.states(inserted), ["queued"]);
    assert.deepEqual(await ground.states(heard), ["cancelled"]);
    assert.equal((await ground.sweep()).admitted, 0);
    await ground.store.close();
  },
);

onPostgres(
  "an order that the integration user cannot see keeps gaps open until the grant",
  async (database) => {
    const setSharing = async (model: "Private" | "ReadWrite") => {
      const answer = await fetch(`${org.url}/__org/sharing`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ object: "Order", model }),
      });
      assert.equal(answer.status, 200);
    };
    const username = "integration@sluice.test";
    const ground = await openGround(org, database, username);
    const [heard, hidden] = [newOrder(org), newOrder(org)];
    approve(org, heard);
    await ground.read((admitted) => admitted.includes(heard));
    await setSharing("Private");
    approve(org, hidden);
    org.core.state.resetStream(false);
    await ground.read((_admitted, gaps) => gaps > 0);

    org.clock.advance(30 * minuteMs);
    await ground.sweep();
    assert.deepEqual(await ground.states(hidden), []);
    const [open] = await ground.gaps();
    assert.equal(open?.closedAt, null);
    assert.equal(
      open.lastCheck?.reason,
      "the integration user integration@sluice.test cannot see all orders: assign the permission set Sluice_Integration to it, or another one with View All on Order; it is checked again by itself",
    );

    const set = [...org.core.all("PermissionSet")].find((each) => each["Name"] === "Sluice_Integration");
    const user = [...org.core.all("User")].find((each) => each["Username"] === username);
    const assignment = { AssigneeId: user?.["Id"] ?? null, PermissionSetId: set?.["Id"] ?? null };
    org.core.create({ userId: "005Hs0000000001IAA" }, "PermissionSetAssignment", assignment);
    await ground.sweep();
    assert.deepEqual(await ground.states(hidden), ["queued"]);
    const [closed] = await ground.gaps();
    assert.notEqual(closed?.closedAt ?? null, null, closed?.lastCheck?.reason ?? "");
    assert.equal(closed?.refilled, 1);
    await setSharing("ReadWrite");
    await ground.store.close();
  },
);
