/** Why the portal could not be opened. */
export class PortalError extends Error {
  override readonly name = "PortalError";
  readonly code: "port_in_use" | "port_refused";

  constructor(code: "port_in_use" | "port_refused", detail: string, options?: ErrorOptions) {
    super(`[${code}] ${detail}`, options);
    this.code = code;
  }
}
