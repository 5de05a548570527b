/** Why the simulators did not start. Codes are stable. */
export type SimulatorStartErrorCode =
  | "port_in_use" // another program listens there
  | "port_not_allowed" // the system refuses this port to this user
  | "database_in_use" // other simulators have the records open
  | "data_unusable" // the records cannot be opened or written
  | "bad_setting"; // an environment variable or option has a value that is no good

/** `message` is `[code] what happened; what to do`; `cause` is what was caught. */
export class SimulatorStartError extends Error {
  override readonly name = "SimulatorStartError";
  readonly code: SimulatorStartErrorCode;

  constructor(code: SimulatorStartErrorCode, detail: string, options?: ErrorOptions) {
    super(`[${code}] ${detail}`, options);
    this.code = code;
  }
}

/** Which listener failed, in the words of the person who starts it. */
export type ListenerName = {
  readonly what: "HTTP" | "SMTP";
  readonly variable: "SIM_PORT" | "SIM_SMTP_PORT";
  readonly host: string;
  readonly port: number;
};

/** Turns what `listen` threw into the error that names the variable to change; anything else comes back as it is. */
export function listenFailure(reason: unknown, listener: ListenerName): unknown {
  const code = reason instanceof Error && "code" in reason ? reason.code : undefined;
  const { what, variable, host, port } = listener;
  const place = `${host}:${port} for the simulators' ${what}`;
  if (code === "EADDRINUSE") {
    const remedy = `stop the other program, or set ${variable} to a free port`;
    return new SimulatorStartError("port_in_use", `${place} is taken; ${remedy}`, { cause: reason });
  }
  if (code === "EACCES" || code === "EADDRNOTAVAIL") {
    const remedy = `set ${variable} to a port from 1024 on, on an address of this machine`;
    return new SimulatorStartError("port_not_allowed", `${place} is refused (${code}); ${remedy}`, {
      cause: reason,
    });
  }
  return reason;
}
