import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { createInterface } from "node:readline";
import type { z } from "zod";

const BASE_DELAY_MS = 500;
const MAX_DELAY_MS = 10_000;
/** A process that lived so long was well; its next death is the first again. */
const WELL_MS = 30_000;
/** After being asked to end, before it is made to. */
const GRACE_MS = 8_000;

type Message<Ready> = Ready | { readonly kind: "line"; readonly text: string };

export type ProcessSpec<Ready extends { readonly kind: "ready" }> = {
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
  readonly variables: NodeJS.ProcessEnv;
  /** Options of Node itself. */
  readonly nodeOptions?: readonly string[];
  readonly message: z.ZodType<Message<Ready>>;
  /** One thing that happened, for the terminal. */
  onLine(text: string): void;
  /** It ended by itself and is started again after `delayMs`. */
  onRestart(reason: string, delayMs: number): void;
};

/** A child that could not start the first time; its own words are in the message. */
export class ProcessStartError extends Error {
  override readonly name = "ProcessStartError";
  readonly code = "process_start_failed";
}

/**
 * Keeps one child process running. A first start that fails is an error of the whole; later deaths are mended by
 * starting it again, after a growing delay. The child ends when the IPC channel does, so that no orphan outlives us.
 */
export class SupervisedProcess<Ready extends { readonly kind: "ready" }> {
  readonly #spec: ProcessSpec<Ready>;
  #child: ChildProcess | undefined;
  #restart: NodeJS.Timeout | undefined;
  #deaths = 0;
  #stopping = false;

  constructor(spec: ProcessSpec<Ready>) {
    this.#spec = spec;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Resolves with what the child says when it is ready.
   *
   * @throws {ProcessStartError} when it ends before that.
   */
  start(): Promise<Ready> {
    return new Promise((resolve, reject) => this.#launch(resolve, reject));
  }

  /** Its end is wanted from now on: Ctrl-C reaches every process of the terminal at once. */
  expectEnd(): void {
    this.#stopping = true;
    clearTimeout(this.#restart);
  }

  async stop(): Promise<void> {
    this.expectEnd();
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      const force = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
      child.once("exit", () => {
        clearTimeout(force);
        resolve();
      });
      child.kill("SIGTERM");
    });
  }

  #launch(onFirstReady?: (ready: Ready) => void, onFirstDeath?: (error: Error) => void): void {
    const { name, script, args, variables, nodeOptions = [], message } = this.#spec;
    const onLine = (text: string) => this.#spec.onLine(text);
    const startedAtMs = performance.now();
    const complaints: string[] = [];
    let ready = false;
    const child = fork(script, [...args], {
      env: variables,
      execArgv: [...process.execArgv, ...nodeOptions],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        complaints.push(line);
        if (complaints.length > 40) complaints.shift();
        if (ready) onLine(line);
      });
    }
    child.on("message", (raw) => {
      const parsed = message.safeParse(raw);
      if (!parsed.success) return;
      if (isLine(parsed.data)) {
        onLine(parsed.data.text);
        return;
      }
      ready = true;
      onFirstReady?.(parsed.data);
    });
    // `close` comes after the last line of output was read.
    child.on("close", (code, signal) => {
      const reason = signal === null ? `ended with code ${code}` : `was killed by ${signal}`;
      if (!ready && onFirstDeath !== undefined) {
        // Each program names itself before its error; here the part's name says it.
        const words = complaints.join("\n").replace(/^sluice[a-z-]*: /, "");
        onFirstDeath(new ProcessStartError(`${name}: ${words || reason}`));
        return;
      }
      if (this.#stopping) return;
      if (performance.now() - startedAtMs > WELL_MS) this.#deaths = 0;
      const delayMs = Math.min(BASE_DELAY_MS * 2 ** this.#deaths, MAX_DELAY_MS);
      this.#deaths += 1;
      const words = ready ? "" : `: ${complaints.at(-1) ?? ""}`;
      this.#spec.onRestart(`${reason}${words}`, delayMs);
      this.#restart = setTimeout(() => this.#launch(), delayMs);
    });
  }
}

function isLine<Ready extends { readonly kind: "ready" }>(
  message: Message<Ready>,
): message is { readonly kind: "line"; readonly text: string } {
  return message.kind === "line";
}
