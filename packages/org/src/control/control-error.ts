import type { z } from "zod";

/** A call of the control plane that is refused, with the HTTP status that says how. */
export class ControlError extends Error {
  override readonly name = "ControlError";
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** What a call says, checked. @throws {ControlError} 400 that names each field and what it takes. */
export function readInput<Output>(schema: z.ZodType<Output>, input: unknown): Output {
  const parsed = schema.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => {
    const field = path.join(".");
    return field === "" ? message : `${field}: ${message}`;
  });
  throw new ControlError(400, problems.join("; "));
}
