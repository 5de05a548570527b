import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { startSimulators } from "../src/index.ts";
import type { CallRecord, EffectRecord, RecordSummary, SimulatorClock, Simulators } from "../src/index.ts";

/** A folder that is gone after the test. */
export function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-simulators-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Simulators on free ports that close after the test; the same `databaseFile` continues earlier ones. */
export async function startForTest(
  t: TestContext,
  options: { readonly databaseFile?: string; readonly clock?: SimulatorClock } = {},
): Promise<Simulators> {
  const databaseFile = options.databaseFile ?? ":memory:";
  const clock = options.clock === undefined ? {} : { clock: options.clock };
  const simulators = await startSimulators({ port: 0, smtpPort: 0, databaseFile, ...clock });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= simulators.close());
  t.after(close);
  return { ...simulators, close };
}

/** A clock that stands still until it is told to move; sleepers wake when their time has come. */
export class ManualClock implements SimulatorClock {
  #nowMs = Date.UTC(2026, 10, 23, 9);
  #sleepers: { readonly dueMs: number; readonly wake: () => void }[] = [];
  #watchers: { readonly count: number; readonly resolve: () => void }[] = [];

  readonly now = (): number => this.#nowMs;

  readonly sleep = (delayMs: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      this.#sleepers.push({ dueMs: this.#nowMs + delayMs, wake: resolve });
      this.#notifyWatchers();
    });

  /** Resolves once `count` sleepers wait. */
  async whenSleeping(count: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#watchers.push({ count, resolve });
      this.#notifyWatchers();
    });
  }

  advance(byMs: number): void {
    this.#nowMs += byMs;
    const due = this.#sleepers.filter((sleeper) => sleeper.dueMs <= this.#nowMs);
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.dueMs > this.#nowMs);
    for (const { wake } of due) wake();
  }

  #notifyWatchers(): void {
    for (const { count, resolve } of this.#watchers) if (this.#sleepers.length >= count) resolve();
  }
}

export type Json = Readonly<Record<string, unknown>>;

/** Steers and asks the control interface. */
export async function control<Answer = Json>(
  simulators: Simulators,
  method: "GET" | "PUT" | "POST",
  path: string,
  body?: Json,
): Promise<Answer> {
  const response = await fetch(`${simulators.url}/__sim/${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(answer)}`);
  return answer as Answer;
}

export const summaryOf = (simulators: Simulators): Promise<RecordSummary> =>
  control(simulators, "GET", "summary");

export async function callsOf(simulators: Simulators): Promise<readonly CallRecord[]> {
  return (await control<{ calls: CallRecord[] }>(simulators, "GET", "calls")).calls;
}

export async function effectsOf(simulators: Simulators): Promise<readonly EffectRecord[]> {
  return (await control<{ effects: EffectRecord[] }>(simulators, "GET", "effects")).effects;
}

/** One call to billing as a WHMCS client makes it. */
export async function callBilling(
  simulators: Simulators,
  action: string,
  fields: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<{ readonly status: number; readonly body: Json }> {
  const credentials = { identifier: "sluice", secret: "sluice-billing-demo", responsetype: "json" };
  const response = await fetch(`${simulators.url}/billing/includes/api.php`, {
    method: "POST",
    body: new URLSearchParams({ ...credentials, action, ...fields }),
    ...(signal === undefined ? {} : { signal }),
  });
  return { status: response.status, body: (await response.json()) as Json };
}

/** `customfields` with one value for field 1, lengths in bytes, as PHP's serialize() writes it. */
export function customField(value: string): string {
  return Buffer.from(`a:1:{i:1;s:${Buffer.byteLength(value)}:"${value}";}`).toString("base64");
}

export const clientFields = {
  firstname: "Søren",
  lastname: "Ñandú-Ōta 王小明",
  companyname: "Żółta Łódź Sp. z o.o. 🚀",
  email: "soren.nandu@example.com",
  address1: "ul. Świętokrzyska 3/5 m. 7",
  city: "Łódź",
  state: "Łódzkie",
  postcode: "90-001",
  country: "PL",
  phonenumber: "+48601234567",
  password2: "not-a-real-one",
};

/** One call to the network. */
export async function callNetwork(
  simulators: Simulators,
  method: "GET" | "POST",
  path: string,
  body?: unknown,
  token = "sluice-network-demo",
): Promise<{ readonly status: number; readonly body: Json; readonly headers: Headers }> {
  const response = await fetch(`${simulators.url}/network/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Json, headers: response.headers };
}
