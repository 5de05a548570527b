/** Why the org did not start. */
export type OrgStartErrorCode =
  | "port_in_use" // another program listens there
  | "port_refused" // the system does not let us listen there
  | "data_folder" // the data folder cannot be written
  | "bad_option"; // a setting is not what it has to be

/** The org refused to start; `message` says what to do about it. */
export class OrgStartError extends Error {
  override readonly name = "OrgStartError";
  readonly code: OrgStartErrorCode;

  constructor(code: OrgStartErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A failed bind in words; `variable` is the environment variable that moves the port. */
export function toPortError(reason: unknown, host: string, port: number, variable: string): OrgStartError {
  const detail = reason instanceof Error ? reason.message : String(reason);
  if (/EADDRINUSE/.test(detail)) {
    return new OrgStartError(
      "port_in_use",
      `port ${port} on ${host} is in use: stop the program that listens there, or set ${variable} to a free port`,
      { cause: reason },
    );
  }
  return new OrgStartError(
    "port_refused",
    `cannot listen on ${host}:${port} (${detail}): set ${variable} to another port`,
    { cause: reason },
  );
}
