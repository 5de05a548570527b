import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";

/** Everything Sluice counts. One object for a process, passed to who counts. */
export type Metrics = {
  readonly registry: Registry;
  readonly eventsReceived: Counter<"outcome">;
  readonly handoffSeconds: Histogram;
  readonly intakeCredit: Gauge;
  readonly cursorAgeSeconds: Gauge;
  readonly openGaps: Gauge;
  readonly sweepAgeSeconds: Gauge;
  readonly sweepAdmitted: Counter;
  readonly orders: Gauge<"state">;
  readonly stepSeconds: Histogram<"module" | "outcome">;
  readonly salesforceCalls: Counter;
};

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: "sluice_process_" });
  const registers = [registry];
  return {
    registry,
    eventsReceived: new Counter({
      name: "sluice_events_received_total",
      help: "Events taken from the bus, by what became of them",
      labelNames: ["outcome"],
      registers,
    }),
    handoffSeconds: new Histogram({
      name: "sluice_handoff_seconds",
      help: "From the receipt of a batch to its commit with the first jobs and the cursor",
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    intakeCredit: new Gauge({
      name: "sluice_intake_credit",
      help: "Events that Salesforce may still send without being asked again",
      registers,
    }),
    cursorAgeSeconds: new Gauge({
      name: "sluice_cursor_age_seconds",
      help: "Since the cursor last moved; the bus keeps events for 72 hours",
      registers,
    }),
    openGaps: new Gauge({
      name: "sluice_open_gaps",
      help: "Breaks in continuity not yet checked",
      registers,
    }),
    sweepAgeSeconds: new Gauge({
      name: "sluice_sweep_age_seconds",
      help: "Since the last clean sweep for approvals that no event told of",
      registers,
    }),
    sweepAdmitted: new Counter({
      name: "sluice_sweep_admitted_total",
      help: "Requests that no event told of, admitted by this process from the org's records",
      registers,
    }),
    orders: new Gauge({ name: "sluice_orders", help: "Orders by state", labelNames: ["state"], registers }),
    stepSeconds: new Histogram({
      name: "sluice_step_seconds",
      help: "Work on one step, from its claim to its answer",
      labelNames: ["module", "outcome"],
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    }),
    salesforceCalls: new Counter({
      name: "sluice_salesforce_calls_total",
      help: "REST calls to Salesforce; the org has a daily allocation",
      registers,
    }),
  };
}
