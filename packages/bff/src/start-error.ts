/** Why the service refused to start. Codes are stable; `message` says what to do. */
export type StartErrorCode =
  | "go_live_missing" // a fresh store, and nobody said from when on approvals count
  | "sandbox_with_production_downstreams" // test orders would be provisioned for real
  | "wrong_org"; // signed in to another org than the configured one

export class StartError extends Error {
  override readonly name = "StartError";
  readonly code: StartErrorCode;

  constructor(code: StartErrorCode, detail: string) {
    super(`[${code}] ${detail}`);
    this.code = code;
  }
}
