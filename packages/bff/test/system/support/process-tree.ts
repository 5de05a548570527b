import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Ground } from "./ground.ts";
import { waitFor } from "./wait-for.ts";

const sluiceScript = fileURLToPath(new URL("../../../src/cli/sluice.ts", import.meta.url));
const READY_LINE = "Sluice is ready after";
const READY_MS = 60_000;
const END_MS = 30_000;
const GONE_MS = 10_000;

export type TreeEnd = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/**
 * One `sluice` with all the processes that it starts. It leads a process group of its own, so that one signal reaches
 * every process at the same moment, as a power cut would.
 */
export class ProcessTree {
  /** Milliseconds since 1970. */
  readonly startedAtMs = Date.now();
  readonly #child: ChildProcess;
  readonly #ended: Promise<TreeEnd>;
  readonly #lines: string[] = [];
  readonly #killOnExit = (): void => {
    this.#signalGroup("SIGKILL");
  };
  #isGroupGone = false;

  constructor(ground: Ground, args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, [sluiceScript, ...args], {
      cwd: ground.folder,
      env: { ...ground.variables, ...variables },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    process.on("exit", this.#killOnExit);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => this.#lines.push(text));
    }
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code, signal) => {
        process.off("exit", this.#killOnExit);
        resolve({ code, signal });
      });
    });
  }

  /** The process that was started; the others are its children. */
  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  /** Stops every process where it is, until `resume`; nobody is told. */
  pause(): void {
    this.#signalGroup("SIGSTOP");
  }

  resume(): void {
    this.#signalGroup("SIGCONT");
  }

  /** All that was printed, both streams. */
  get output(): string {
    return this.#lines.join("");
  }

  /**
   * Waits until that was printed.
   *
   * @throws {Error} with all that was printed, when it ends first or `READY_MS` pass.
   */
  async untilReady(readyLine = READY_LINE): Promise<void> {
    const ready = new Promise<"ready">((resolve) => {
      const look = (): void => {
        if (this.output.includes(readyLine)) resolve("ready");
      };
      this.#child.stdout?.on("data", look);
      look();
    });
    const first = await Promise.race([ready, this.#ended, afterMs(READY_MS)]);
    if (first === "ready") return;
    const why = first === "late" ? `was not ready after ${READY_MS} ms` : `ended, ${JSON.stringify(first)}`;
    await this.kill9();
    throw new Error(`sluice ${why}:\n${this.output}`);
  }

  /** Waits for an end that comes by itself. */
  async untilEnded(): Promise<TreeEnd> {
    const first = await Promise.race([this.#ended, afterMs(END_MS)]);
    if (first !== "late") return first;
    await this.kill9();
    throw new Error(`sluice did not end within ${END_MS} ms:\n${this.output}`);
  }

  /** Asks the supervisor to end, as Ctrl-C does. */
  async stop(): Promise<TreeEnd> {
    this.#child.kill("SIGTERM");
    return this.untilEnded();
  }

  /** `kill -9` of every process at once; returns when none is left. */
  async kill9(): Promise<void> {
    // Once the group is gone its number may become another program's.
    if (this.#isGroupGone) return;
    this.#signalGroup("SIGKILL");
    await this.#ended;
    await waitFor(
      "every process of the group is gone",
      async () => (this.#signalGroup(0) === "gone" ? true : undefined),
      { deadlineMs: GONE_MS, intervalMs: 5, picture: async () => this.output },
    );
    this.#isGroupGone = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill9();
  }

  /** Signal 0 reaches nobody; it only asks whether somebody is there. */
  #signalGroup(signal: NodeJS.Signals | 0): "sent" | "gone" {
    const { pid } = this.#child;
    if (pid === undefined) return "gone";
    try {
      process.kill(-pid, signal);
      return "sent";
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ESRCH") return "gone";
      throw error;
    }
  }
}

/** Starts a `sluice dev` and waits until it says that it is ready. */
export async function startDev(ground: Ground, args: readonly string[] = []): Promise<ProcessTree> {
  const tree = new ProcessTree(ground, ["dev", ...args]);
  await tree.untilReady();
  return tree;
}

/** Runs one `sluice` command to its end. */
export async function runSluice(
  ground: Ground,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<TreeEnd & { readonly output: string }> {
  const tree = new ProcessTree(ground, args, variables);
  const end = await tree.untilEnded();
  return { ...end, output: tree.output };
}

function afterMs(delayMs: number): Promise<"late"> {
  return new Promise((resolve) => {
    setTimeout(resolve, delayMs, "late").unref();
  });
}
