import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { z } from "zod";
import { readEndpoints } from "./endpoints-file.ts";
import { NoServiceError } from "./no-service-error.ts";

/** The service refused a command. The message is the service's own. */
export class ServiceRefusal extends Error {
  override readonly name = "ServiceRefusal";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const refusal = z.object({ code: z.string(), message: z.string() });
const line = z.discriminatedUnion("kind", [
  z.looseObject({ kind: z.literal("progress") }),
  z.looseObject({ kind: z.literal("result") }),
  z.object({ kind: z.literal("refused"), code: z.string(), message: z.string() }),
]);

/** The running service's HTTP API, with the address and the token of the data folder. */
export type ServiceClient = {
  /** @throws {ServiceRefusal | NoServiceError} */
  get<Answer>(path: string, shape: z.ZodType<Answer>): Promise<Answer>;
  /** @throws {ServiceRefusal | NoServiceError} */
  post<Answer>(path: string, body: unknown, shape: z.ZodType<Answer>): Promise<Answer>;
  /**
   * A long command: `onProgress` is called for each step of it.
   *
   * @throws {ServiceRefusal | NoServiceError}
   */
  run<Answer>(
    path: string,
    body: unknown,
    shape: z.ZodType<Answer>,
    onProgress: (progress: Readonly<Record<string, unknown>>) => void,
  ): Promise<Answer>;
};

/** @throws {NoServiceError} when no service is known to run on the data folder. */
export function openServiceClient(variables: NodeJS.ProcessEnv): ServiceClient {
  const { portal, token } = readEndpoints(variables["SLUICE_DATA_DIR"] ?? ".sluice");

  async function send(path: string, body?: unknown): Promise<Response> {
    const answer = await reach(portal, path, {
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
    });
    if (answer.ok) return answer;
    const told = refusal.safeParse(await answer.json().catch(() => undefined));
    if (told.success) throw new ServiceRefusal(told.data.code, told.data.message);
    throw new ServiceRefusal("unexpected", `the service answered ${answer.status} to ${path}.`);
  }

  return {
    get: async (path, shape) => shape.parse(await (await send(path)).json()),
    post: async (path, body, shape) => shape.parse(await (await send(path, body)).json()),
    async run(path, body, shape, onProgress) {
      const { body: stream } = await send(path, body);
      if (stream !== null) {
        for await (const text of createInterface({ input: Readable.fromWeb(stream) })) {
          const told = line.parse(JSON.parse(text));
          if (told.kind === "refused") throw new ServiceRefusal(told.code, told.message);
          if (told.kind === "result") return shape.parse(told);
          onProgress(told);
        }
      }
      throw new NoServiceError(
        `the service at ${portal} ended before ${path} was done. What it did by then is kept; look at its log and run the command again.`,
      );
    },
  };
}

async function reach(portal: string, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`${portal}${path}`, init);
  } catch (cause) {
    throw new NoServiceError(`the service does not answer at ${portal}. Is it still running?`, { cause });
  }
}
