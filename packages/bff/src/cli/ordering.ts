import { userInfo } from "node:os";
import { createInterface } from "node:readline/promises";

/** Who orders what a command does, until people sign in: a name for the journal, no proof. */
export function commandActor(): string {
  try {
    return `cli:${userInfo()
      .username.replaceAll(/[^\w.@\\-]/g, "_")
      .slice(0, 80)}`;
  } catch {
    // A container may run under a number that has no name.
    return "cli:unknown";
  }
}

/** Shows how far a command is, on the line where it stands; nobody watches where there is no terminal. */
export function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${text}\u001B[K`);
}

export function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write("\r\u001B[K");
}

/** Asks the person at the terminal. */
export async function agrees(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
