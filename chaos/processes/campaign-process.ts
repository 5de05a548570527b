import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { z } from "zod";

/** Short: a campaign kills often, and a supervisor's growing patience would only make it longer. */
const RESTART_MS = 300;
const GRACE_MS = 8_000;
// A machine that runs much else beside it starts a database in a minute.
const READY_MS = 240_000;
const KEPT_LINES = 400;

export type CampaignProcessSpec<Ready extends { readonly kind: "ready" }> = {
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
  /** Of Node, before the script. */
  readonly execArgv: readonly string[];
  /** Its environment, asked for at each start. */
  variables(): NodeJS.ProcessEnv;
  readonly ready: z.ZodType<Ready>;
  onOutput(line: string): void;
};

/** A process of the campaign did not become ready; the message holds its own last words. */
export class CampaignProcessError extends Error {
  override readonly name = "CampaignProcessError";
  readonly code = "campaign_process_failed";
}

/**
 * A process that is started again after each death, as a supervisor does, and that can be killed and stopped with
 * signals. It ends when this process does, because the channel between them closes.
 */
export class CampaignProcess<Ready extends { readonly kind: "ready" }> {
  readonly name: string;
  readonly #spec: CampaignProcessSpec<Ready>;
  readonly #lines: string[] = [];
  #child: ChildProcess | undefined;
  #restart: NodeJS.Timeout | undefined;
  #ready: PromiseWithResolvers<Ready> = Promise.withResolvers();
  #isEnding = false;
  #deaths = 0;

  constructor(spec: CampaignProcessSpec<Ready>) {
    this.#spec = spec;
    this.name = spec.name;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Deaths that nobody here asked for. */
  get deaths(): number {
    return this.#deaths;
  }

  /** The last lines that it wrote, over all its lives. */
  get output(): readonly string[] {
    return this.#lines;
  }

  /** @throws {CampaignProcessError} when it is not ready in time. */
  async start(): Promise<Ready> {
    this.#isEnding = false;
    this.#ready = Promise.withResolvers();
    this.#launch();
    return this.untilReady();
  }

  /** Resolves at once while it is ready, and after its next start otherwise. */
  async untilReady(): Promise<Ready> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        const words = this.#lines.slice(-20).join("\n");
        reject(new CampaignProcessError(`${this.name} was not ready after ${READY_MS} ms:\n${words}`));
      }, READY_MS);
    });
    return Promise.race([this.#ready.promise, late]).finally(() => {
      clearTimeout(timer);
    });
  }

  /** `kill -9`; returns when it is gone. It is started again by itself. */
  async kill9(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** SIGSTOP: it stands still and knows nothing of it. */
  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child?.kill("SIGCONT");
  }

  /** Ends for good, until `start`. */
  async stop(): Promise<void> {
    this.#isEnding = true;
    clearTimeout(this.#restart);
    const force = setTimeout(() => {
      this.thaw();
      this.#child?.kill("SIGKILL");
    }, GRACE_MS);
    await this.#end("SIGTERM");
    clearTimeout(force);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill(signal);
    await gone;
  }

  #launch(): void {
    const { script, args, execArgv, ready } = this.#spec;
    const onOutput = (line: string): void => {
      this.#spec.onOutput(line);
    };
    const child = fork(script, [...args], {
      execArgv: [...execArgv],
      env: this.#spec.variables(),
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        this.#keep(line);
        onOutput(line);
      });
    }
    child.on("message", (raw) => {
      const parsed = ready.safeParse(raw);
      if (parsed.success) this.#ready.resolve(parsed.data);
      else if (isLine(raw)) {
        this.#keep(raw.text);
        onOutput(raw.text);
      }
    });
    child.on("exit", (code, signal) => {
      if (this.#isEnding) return;
      if (signal !== "SIGKILL") {
        this.#deaths += 1;
        onOutput(`${this.name} ended by itself, with ${signal ?? `code ${code}`}`);
      }
      // Whoever waited for the life that just ended waits for the next one.
      const next = Promise.withResolvers<Ready>();
      next.promise.then(this.#ready.resolve, this.#ready.reject);
      this.#ready = next;
      this.#restart = setTimeout(() => {
        this.#launch();
      }, RESTART_MS);
    });
  }

  #keep(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
  }
}

function isLine(message: unknown): message is { readonly text: string } {
  return (
    typeof message === "object" && message !== null && "text" in message && typeof message.text === "string"
  );
}
