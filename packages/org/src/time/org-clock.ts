/** How the org's time runs against real time: 1 beside it, 0 not at all, 60 a minute a second. */
export type ClockState = { readonly nowMs: number; readonly rate: number };

/**
 * The org's time. Retention, keepalives, quotas, record times and flows follow it, so that a test moves 72 hours in
 * an instant; OAuth stays on real time, because clients sign their assertions with it.
 */
export type OrgClock = {
  /** Milliseconds since 1970, whole. */
  now(): number;
  /** Calls back when the org's time has gone on by `delayMs`. Returns how to stop it. */
  startTimer(delayMs: number, fire: () => void): () => void;
};

/** What a virtual clock stands on: real time and a real timer. */
export type RealTime = {
  now(): number;
  startTimer(delayMs: number, fire: () => void): () => void;
};

type Timer = { dueMs: number; readonly number: number; readonly fire: () => void };

/** Real timers take 32-bit delays; longer ones are asked again on the way. */
const maxDelayMs = 2_147_483_647;

/** A clock that can be set, stopped, sped up and moved on. It never goes back, but for `restart`. */
export class VirtualClock implements OrgClock {
  readonly #real: RealTime;
  readonly #timers = new Set<Timer>();
  #anchor: { readonly realMs: number; readonly nowMs: number; readonly rate: number };
  #timerCount = 0;
  #stopWaiting: () => void = () => undefined;
  #onChange: (state: ClockState) => void = () => undefined;

  /** Without a state it runs beside real time. */
  constructor(real: RealTime, state?: ClockState) {
    this.#real = real;
    const realMs = real.now();
    this.#anchor = { realMs, nowMs: state?.nowMs ?? realMs, rate: state?.rate ?? 1 };
  }

  now(): number {
    const { realMs, nowMs, rate } = this.#anchor;
    return Math.floor(nowMs + (this.#real.now() - realMs) * rate);
  }

  get state(): ClockState {
    return { nowMs: this.now(), rate: this.#anchor.rate };
  }

  /** Stands at a state from before, before anything was told the time. */
  resume({ nowMs, rate }: ClockState): void {
    this.#standAt(nowMs, rate);
    this.#wait();
  }

  /** Called after each change by hand, so that it can be kept. */
  onChange(listener: (state: ClockState) => void): void {
    this.#onChange = listener;
  }

  startTimer(delayMs: number, fire: () => void): () => void {
    this.#timerCount += 1;
    const timer: Timer = { dueMs: this.now() + delayMs, number: this.#timerCount, fire };
    this.#timers.add(timer);
    this.#wait();
    return () => {
      if (this.#timers.delete(timer)) this.#wait();
    };
  }

  /** Moves time on by `forMs`; what falls due on the way fires at its own time, in order. */
  advance(forMs: number): void {
    this.#moveTo(this.now() + Math.max(0, forMs), this.#anchor.rate);
  }

  /** Moves time to a later moment. @throws {RangeError} for an earlier one. */
  set(toMs: number): void {
    if (toMs < this.now()) throw new RangeError("the org's time cannot go back");
    this.#moveTo(toMs, this.#anchor.rate);
  }

  /** @throws {RangeError} for a negative rate. */
  setRate(rate: number): void {
    if (!(rate >= 0)) throw new RangeError("the rate of the org's time cannot be negative");
    this.#moveTo(this.now(), rate);
  }

  /** Back beside real time, also when that is earlier. Timers wait as long as they still had to. */
  restart(): void {
    const realMs = this.#real.now();
    const shiftMs = realMs - this.now();
    for (const timer of this.#timers) timer.dueMs += shiftMs;
    this.#anchor = { realMs, nowMs: realMs, rate: 1 };
    this.#wait();
    this.#onChange(this.state);
  }

  /** Drops all timers. */
  close(): void {
    this.#timers.clear();
    this.#stopWaiting();
  }

  #moveTo(targetMs: number, rate: number): void {
    for (let next = this.#next(); next !== undefined && next.dueMs <= targetMs; next = this.#next()) {
      this.#standAt(Math.max(next.dueMs, this.#anchor.nowMs), 0);
      this.#timers.delete(next);
      next.fire();
    }
    this.#standAt(targetMs, rate);
    this.#wait();
    this.#onChange(this.state);
  }

  #standAt(nowMs: number, rate: number): void {
    this.#anchor = { realMs: this.#real.now(), nowMs, rate };
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (next === undefined || timer.dueMs < next.dueMs) next = timer;
    }
    return next;
  }

  /** One real timer stands for the next virtual one. */
  #wait(): void {
    this.#stopWaiting();
    const next = this.#next();
    if (next === undefined || this.#anchor.rate === 0) {
      this.#stopWaiting = () => undefined;
      return;
    }
    const delayMs = Math.max(0, (next.dueMs - this.now()) / this.#anchor.rate);
    this.#stopWaiting = this.#real.startTimer(Math.min(Math.ceil(delayMs), maxDelayMs), () => {
      this.#fireDue();
    });
  }

  #fireDue(): void {
    const nowMs = this.now();
    const due = [...this.#timers].filter((timer) => timer.dueMs <= nowMs);
    for (const timer of due.toSorted(
      (left, right) => left.dueMs - right.dueMs || left.number - right.number,
    )) {
      if (this.#timers.delete(timer)) timer.fire();
    }
    this.#wait();
  }
}
