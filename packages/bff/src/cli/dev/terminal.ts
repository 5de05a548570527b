/** Writes the lines of several processes to one terminal, each with its name and the time. */
export class Terminal {
  readonly #write: (text: string) => void;
  readonly #colours: boolean;
  readonly #now: () => Date;

  constructor(write: (text: string) => void, colours: boolean, now: () => Date) {
    this.#write = write;
    this.#colours = colours;
    this.#now = now;
  }

  line(part: string, text: string): void {
    const time = this.#now().toISOString().slice(11, 23);
    const name = part.padEnd(10);
    // A child's own prefix says the same as ours.
    const words = text.startsWith(`${part}: `) ? text.slice(part.length + 2) : text;
    this.#write(
      this.#colours
        ? `\u001B[2m${time}\u001B[0m ${tint(part, name)} ${words}\n`
        : `${time} ${name} ${words}\n`,
    );
  }

  plain(text: string): void {
    this.#write(`${text}\n`);
  }
}

function tint(part: string, name: string): string {
  const colour = { org: 34, simulators: 35, service: 32 }[part] ?? 33;
  return `\u001B[${colour}m${name}\u001B[0m`;
}
