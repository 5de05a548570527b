import { randomBytes } from "node:crypto";

/** Who a token speaks for. */
export type Session = { readonly token: string; readonly userId: string };

export type SessionOptions = {
  /** Tokens begin with the first fifteen characters of it, as in Salesforce. */
  readonly orgId: () => string;
  /** Milliseconds of real time. */
  readonly now: () => number;
  /** A session ends this long after its last use. Default two hours, Salesforce's own default. */
  readonly idleTimeoutMs?: number;
};

const defaultIdleTimeoutMs = 2 * 60 * 60 * 1000;
const randomByteCount = 72;

/**
 * The live sessions of API clients and of people in a browser. Kept in memory: a restart of the
 * org ends all of them, and clients have to ask for a new token.
 */
export class SessionStore {
  readonly #options: SessionOptions;
  readonly #idleTimeoutMs: number;
  readonly #sessions = new Map<string, { readonly userId: string; lastUsedAtMs: number }>();

  readonly #listeners = new Set<(token: string) => void>();

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#idleTimeoutMs = options.idleTimeoutMs ?? defaultIdleTimeoutMs;
  }

  /** Starts a session with an opaque token of about 112 characters. */
  issue(userId: string): Session {
    this.#forgetIdle();
    const secret = randomBytes(randomByteCount).toString("base64url");
    const token = `${this.#options.orgId().slice(0, 15)}!${secret}`;
    this.#sessions.set(token, { userId, lastUsedAtMs: this.#options.now() });
    return { token, userId };
  }

  /** The session behind a token, its idle time starting anew; undefined when it ended or never was. */
  use(token: string): Session | undefined {
    const session = this.#sessions.get(token);
    if (session === undefined) return undefined;
    const nowMs = this.#options.now();
    if (nowMs - session.lastUsedAtMs > this.#idleTimeoutMs) {
      this.#sessions.delete(token);
      return undefined;
    }
    session.lastUsedAtMs = nowMs;
    return { token, userId: session.userId };
  }

  revoke(token: string): void {
    if (!this.#sessions.delete(token)) return;
    for (const listener of this.#listeners) listener(token);
  }

  /** Called when a live session was revoked. Returns how to stop. */
  onRevoke(listener: (token: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends the sessions of a user, or all. Returns how many. */
  revokeAll(userId?: string): number {
    const ended = [...this.#sessions].filter(
      ([, session]) => userId === undefined || session.userId === userId,
    );
    for (const [token] of ended) this.revoke(token);
    return ended.length;
  }

  #forgetIdle(): void {
    const nowMs = this.#options.now();
    for (const [token, session] of this.#sessions) {
      if (nowMs - session.lastUsedAtMs > this.#idleTimeoutMs) this.#sessions.delete(token);
    }
  }
}
