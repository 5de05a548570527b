/** Faults of streams that bite the streams that are live. */
export const streamFaults = [
  "stream_end_ok",
  "stream_rst",
  "stream_goaway",
  "tcp_cut",
  "half_open",
  "stream_unavailable",
  "stream_failed",
] as const;
export type StreamFault = (typeof streamFaults)[number];

export const rpcFaults = ["rpc_unavailable", "rpc_failed", "rpc_slow"] as const;
export type RpcFault = (typeof rpcFaults)[number];

export const eventFaults = ["event_duplicate", "event_reorder", "event_lost", "event_delay"] as const;
export type EventFault = (typeof eventFaults)[number];

/** Faults of saves and of REST calls, none of which changes what is promised. */
export const callFaults = [
  "row_locked",
  "record_late",
  "slow_answer",
  "lost_answer",
  "lost_request",
  "server_unavailable",
  "server_error",
  "api_quota",
] as const;
export type CallFault = (typeof callFaults)[number];

/** `leader` is the process that reads the topic, `standby` another that may. */
export type KillTarget = "leader" | "standby" | "worker" | "org" | "simulators";

/** One thing that happens in a campaign. `afterMs` is the time between the approvals before it and the blow. */
export type Act =
  | { readonly kind: "approve"; readonly count: number }
  | { readonly kind: "approve_twice"; readonly count: number }
  | { readonly kind: "cancel"; readonly count: number }
  | { readonly kind: "publish_senseless" }
  | { readonly kind: "publish_reused_id" }
  | { readonly kind: "kill"; readonly target: KillTarget; readonly afterMs: number }
  | { readonly kind: "zombie_leader"; readonly forMs: number }
  | { readonly kind: "freeze_worker"; readonly afterMs: number; readonly forMs: number }
  | { readonly kind: "wake_twice" }
  | { readonly kind: "restart_database"; readonly mode: "fast" | "immediate"; readonly afterMs: number }
  | { readonly kind: "stream_fault"; readonly fault: StreamFault }
  | { readonly kind: "rpc_fault"; readonly fault: RpcFault }
  | { readonly kind: "event_fault"; readonly fault: EventFault }
  | { readonly kind: "stream_reset" }
  | { readonly kind: "revoke_sessions"; readonly liveStreams: boolean }
  | { readonly kind: "call_fault"; readonly fault: CallFault }
  | { readonly kind: "rest"; readonly forMs: number };

/** The name under which an act's fault is counted; null for what is no fault. */
export function faultOf(act: Act): string | null {
  switch (act.kind) {
    case "approve":
    case "approve_twice":
    case "cancel":
    case "rest":
      return null;
    case "kill":
      return `kill_${act.target}`;
    case "restart_database":
      return `restart_database_${act.mode}`;
    case "stream_fault":
    case "rpc_fault":
    case "event_fault":
    case "call_fault":
      return act.fault;
    case "publish_senseless":
    case "publish_reused_id":
    case "zombie_leader":
    case "freeze_worker":
    case "wake_twice":
    case "stream_reset":
    case "revoke_sessions":
      return act.kind;
  }
}

/** One line for the terminal. */
export function tellAct(act: Act): string {
  const { kind, ...rest } = act;
  const words = Object.entries(rest).map(([name, value]) => `${name} ${String(value)}`);
  return [kind, ...words].join(", ");
}
