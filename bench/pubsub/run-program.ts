import { fork } from "node:child_process";
import { once } from "node:events";
import { basename } from "node:path";

/**
 * Runs a program in a process of its own, called `name` in errors, and hands every message that it sends to `onMessage`.
 *
 * @throws when it fails; its own words stand on stderr.
 */
export async function runProgram(
  name: string,
  script: string,
  task: unknown,
  nodeFlags: readonly string[],
  onMessage: (message: unknown) => void,
): Promise<void> {
  const child = fork(script, [JSON.stringify(task)], { execArgv: [...nodeFlags] });
  child.on("message", onMessage);
  const [code] = (await once(child, "exit")) as [number | null];
  // The task holds an access token and is not repeated here.
  if (code !== 0) throw new Error(`${name} failed in ${basename(script)}; its reason stands above`);
}
