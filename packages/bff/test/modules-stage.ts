import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import type { Fault, RecordSummary, SimulatorSettings, Simulators } from "@sluice/simulators";
import { startSimulators } from "@sluice/simulators";
import type { OrderSnapshot } from "../src/orders/order.ts";
import type { ModuleAnswer, ModuleCall } from "../src/provisioning/module.ts";

/** The real simulators for one test, with their control interface. */
export type Stage = {
  readonly simulators: Simulators;
  readonly breakNext: (faults: readonly Partial<Fault>[]) => Promise<void>;
  readonly settle: (settings: Partial<SimulatorSettings>) => Promise<void>;
  readonly summary: () => Promise<RecordSummary>;
  readonly read: (path: string) => Promise<unknown>;
};

export async function setStage(t: TestContext): Promise<Stage> {
  const simulators = await startSimulators({ port: 0, smtpPort: 0, databaseFile: ":memory:" });
  t.after(() => simulators.close());
  const read = async (path: string): Promise<unknown> => (await fetch(`${simulators.url}${path}`)).json();
  const put = async (path: string, body: unknown): Promise<void> => {
    const answer = await fetch(`${simulators.url}${path}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  };
  return {
    simulators,
    breakNext: (faults) => put("/__sim/faults", { faults }),
    settle: (settings) => put("/__sim/settings", settings),
    summary: async () => (await read("/__sim/summary")) as RecordSummary,
    read,
  };
}

export const sampleOrder: OrderSnapshot = {
  orderId: "801Hs0000000008IAA",
  orderNumber: "00000108",
  status: "Approved",
  statusCode: "Draft",
  accountId: "001Hs0000000008IAA",
  accountName: "Żółta Łódź Sp. z o.o. 🚀",
  totalAmount: 24,
  approvalSequence: 1,
  approvedAt: "2026-11-23T09:00:00.000Z",
  contact: {
    firstName: "Søren",
    lastName: "Ñandú-Ōta 王小明",
    email: "soren.nandu@example.com",
    phone: "+48601234567",
  },
  billingAddress: {
    street: "ul. Świętokrzyska 3/5 m. 7",
    city: "Łódź",
    state: "Łódzkie",
    postalCode: "90-001",
    countryCode: "PL",
  },
  lines: [
    {
      lineId: "802Hs0000000801IAA",
      productCode: "MOB-ESIM-10G",
      productName: "Mobile 10 GB eSIM",
      quantity: 2,
      unitPrice: 12,
      dependsOn: null,
      bundleParent: null,
    },
  ],
};

/** A first attempt on the sample order. */
export function callOf(operation: string, rest: Partial<ModuleCall> = {}): ModuleCall {
  return {
    operation,
    effectKey: "0123456789abcdef0123456789abcdef01234567",
    order: sampleOrder,
    line: null,
    unit: 1,
    parameters: {},
    results: {},
    lookUpFirst: false,
    waitingOn: null,
    ...rest,
  };
}

/** What a failed answer says, without the words that are free to change; the kind of any other answer. */
export function verdict(answer: ModuleAnswer) {
  if (answer.kind !== "failed") return answer.kind;
  const { code, outcomeUnknown, moduleWide } = answer.failure;
  return { class: answer.failure.class, code, outcomeUnknown, moduleWide };
}

/** A port of this machine on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
