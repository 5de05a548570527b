import { z } from "zod";
import type { Failure } from "../../../orders/failure.ts";
import type { JsonObject } from "../../../orders/json.ts";
import type { ModuleAnswer, ModuleCall } from "../../module.ts";
import { stillUnknown } from "../downstream-http.ts";
import type { Monitor, NetworkClient, NetworkService } from "./network-client.ts";
import {
  activationFailed,
  activationLost,
  failureOfRefusal,
  planInvalid,
  serviceDoubled,
  serviceUnusable,
} from "./signals.ts";

/** How long to leave an activation alone: the first wait, doubled with every look, up to the last. */
export type PollPace = { readonly firstMs: number; readonly maxMs: number };

const parametersShape = z.looseObject({
  specification: z.string().min(1),
  characteristics: z.record(z.string(), z.json()).default({}),
});
const waitingShape = z.object({ monitorId: z.string().min(1), looks: z.number().int().nonnegative() });

/** What unlocks a SIM or installs an eSIM belongs to the customer: it is read from the network when shown. */
const secretCharacteristics: ReadonlySet<string> = new Set(["activationCode", "matchingId", "pin", "puk"]);

/**
 * Brings one service to life. The network answers later: the first call leaves a monitor, the following ones look
 * at it. The effect key is the service's external id, by which a lost answer is found again.
 */
export async function activate(
  call: ModuleCall,
  network: NetworkClient,
  pace: PollPace,
  signal: AbortSignal,
): Promise<ModuleAnswer> {
  if (call.waitingOn !== null) return look(call, call.waitingOn, network, pace, signal);
  const parameters = parametersShape.safeParse(call.parameters);
  if (!parameters.success)
    return failed(planInvalid(`its parameters are wrong: ${z.prettifyError(parameters.error)}`));
  if (call.lookUpFirst) {
    const known = await adopt(call.effectKey, network, pace, signal);
    if (known !== null) return known;
  }
  const { specification, characteristics } = parameters.data;
  const name = call.line?.productName ?? specification;
  const created = await network.create(
    { externalId: call.effectKey, specification, name, characteristics },
    signal,
  );
  if (created.kind === "failed") return failed(created.failure);
  if (created.kind === "answered") {
    if ("service" in created.value) return done(created.value.service, false);
    const { monitor } = created.value;
    return judgeMonitor(monitor, 0, pace) ?? waiting(monitor.id, 0, pace);
  }
  // 409: the network itself knows this external id already.
  const known = created.refusal.status === 409 ? await adopt(call.effectKey, network, pace, signal) : null;
  return known ?? failed(failureOfRefusal(created.refusal));
}

/** Asks how an accepted activation stands. */
async function look(
  call: ModuleCall,
  waitingOn: JsonObject,
  network: NetworkClient,
  pace: PollPace,
  signal: AbortSignal,
): Promise<ModuleAnswer> {
  const parsed = waitingShape.safeParse(waitingOn);
  if (!parsed.success) return failed(planInvalid("what it waits for is not a monitor."));
  const { monitorId, looks } = parsed.data;
  const answer = await network.readMonitor(monitorId, signal);
  if (answer.kind === "failed") return failed(answer.failure);
  if (answer.kind === "answered") {
    const settled = judgeMonitor(answer.value, looks + 1, pace);
    if (settled !== null) return settled;
  } else if (answer.refusal.status !== 404) {
    return failed(failureOfRefusal(answer.refusal));
  }
  // The monitor is forgotten, or ended without its service: the service itself tells.
  return (await adopt(call.effectKey, network, pace, signal)) ?? failed(activationLost(monitorId));
}

/** What a monitor settles; `null` when the service has to be read. */
function judgeMonitor(monitor: Monitor, looks: number, pace: PollPace): ModuleAnswer | null {
  switch (monitor.state) {
    case "InProgress":
      return waiting(monitor.id, looks, pace);
    case "Completed":
      return monitor.service === null ? null : done(monitor.service, false);
    default:
      return failed(activationFailed(monitor.id, monitor.state));
  }
}

/** The answer for a service that exists under our key; `null` when there is none. */
async function adopt(
  effectKey: string,
  network: NetworkClient,
  pace: PollPace,
  signal: AbortSignal,
): Promise<ModuleAnswer | null> {
  const answer = await network.findByExternalId(effectKey, signal);
  if (answer.kind === "failed") return failed(stillUnknown(answer.failure));
  if (answer.kind === "refused") return failed(stillUnknown(failureOfRefusal(answer.refusal)));
  const ours = answer.value.filter((service) => service.externalId === effectKey);
  const [service, ...others] = ours;
  if (service === undefined) return null;
  if (others.length > 0) return failed(serviceDoubled(ours.map(({ id }) => id)));
  if (service.state === "active") return done(service, true);
  if (service.monitor !== undefined) return waiting(service.monitor.id, 0, pace);
  return failed(serviceUnusable(service.id, service.state));
}

function waiting(monitorId: string, looks: number, pace: PollPace): ModuleAnswer {
  const pollAfterMs = Math.min(pace.firstMs * 2 ** Math.min(looks, 30), pace.maxMs);
  return { kind: "waiting", waitingOn: { monitorId, looks }, pollAfterMs };
}

function done(service: NetworkService, adopted: boolean): ModuleAnswer {
  const shown = Object.entries(service.characteristics).filter(([name]) => !secretCharacteristics.has(name));
  const result = { serviceId: service.id, state: service.state, characteristics: Object.fromEntries(shown) };
  return { kind: "done", result, reference: service.id, adopted };
}

function failed(failure: Failure): ModuleAnswer {
  return { kind: "failed", failure };
}
