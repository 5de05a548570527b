import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { FaultKind } from "../src/faults/fault-kinds.ts";
import { readFaultOrder } from "../src/faults/read-fault-order.ts";
import type { ArmedFault } from "../src/faults/fault-registry.ts";
import type { OpenOrgCoreOptions } from "../src/open-org-core.ts";
import type { BusEvent, OrgCore, OrgRecord } from "../src/org-core.ts";
import type { OrgStage } from "../src/org-stage.ts";
import { openStage } from "../src/org-stage.ts";
import { startOrg } from "../src/start-org.ts";
import type { StartOrgOptions } from "../src/start-org.ts";
import { metadataDirs, openTestOrg, operator, orderId, seedFiles, startMs, topic } from "./core-harness.ts";

export const eventName = "OrderProvisionRequested__e";

/** An org whose clock stands still until it is moved on. */
export function openFaultyOrg(t: TestContext, options: Partial<OpenOrgCoreOptions> = {}) {
  const stage = openStage({ nowMs: startMs, rate: 0 });
  const { core } = openTestOrg(t, { stage, clock: () => stage.clock.now(), ...options });
  return { ...stage, core, arm: armIn(stage) };
}

export function armIn({ faults }: Pick<OrgStage, "faults">) {
  return (kind: FaultKind, more: Readonly<Record<string, unknown>> = {}): ArmedFault =>
    faults.arm(readFaultOrder({ kind, ...more }));
}

/** A whole org over HTTP, whose clock stands still until it is moved on. */
export async function serveFaultyOrg(context: TestContext, options: Partial<StartOrgOptions> = {}) {
  const org = await startOrg({
    metadataDirs,
    seedFiles: seedFiles("10-", "20-", "f01"),
    time: { nowMs: startMs, rate: 0 },
    ...options,
  });
  context.after(() => org.close());
  const { accessToken } = org.signIn();
  const call = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const answer = await fetch(`${org.url}/services/data/v67.0${path}`, {
      method,
      headers: {
        authorization: `Bearer ${accessToken}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get("content-type")?.startsWith("application/json") === true;
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
  };
  return { org, call, arm: armIn(org) };
}

export type Answer = { readonly status: number; readonly headers: Headers; readonly body: unknown };

/** The first error of an answer of the REST API. */
export function errorOf({ body }: Answer): { readonly errorCode: string; readonly message: string } {
  const [first] = body as readonly { readonly errorCode: string; readonly message: string }[];
  assert.ok(first !== undefined);
  return first;
}

/** Publishes one event with its own request key, as one request. */
export function publish(core: OrgCore, key: string): string {
  return core.publish(operator, eventName, { Order_Id__c: orderId, Request_Key__c: key });
}

export function eventsOn(core: OrgCore): readonly BusEvent[] {
  return core.bus.read(topic, -1, 1_000);
}

export function statusOf(core: OrgCore): OrgRecord[string] {
  return core.get("Order", orderId)?.["Status"] ?? null;
}
