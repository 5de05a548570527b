export type TurnDeps<Item> = {
  store(item: Item): Promise<void>;
  /** What one store of both would be; undefined when the later one needs a turn of its own. */
  join(waiting: Item, added: Item): Item | undefined;
  /** Nothing more is joined to it. */
  isFull(waiting: Item): boolean;
};

export type Turns<Item> = {
  /**
   * Hands an item over; resolves when there is room for another.
   *
   * @throws what a store threw; nothing is stored any more then.
   */
  add(item: Item): Promise<void>;
  /** Resolves when everything added is stored; throws like `add`. */
  finished(): Promise<void>;
};

/**
 * Stores items strictly one after another. Those that come while one is stored are joined, so that a busy source gets
 * few large turns and a quiet one pays no wait. One full item waits at most.
 */
export function storeInTurn<Item>(deps: TurnDeps<Item>): Turns<Item> {
  const waiting: Item[] = [];
  let storing = Promise.resolve();
  let isStoring = false;
  let taken = Promise.withResolvers<undefined>();

  async function storeAll(): Promise<void> {
    isStoring = true;
    // A failure leaves `isStoring` set: what waits behind it must not be stored.
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      taken.resolve(undefined);
      taken = Promise.withResolvers();
      await deps.store(item);
    }
    isStoring = false;
  }

  function isCrowded(): boolean {
    const [first] = waiting;
    return waiting.length > 1 || (first !== undefined && deps.isFull(first));
  }

  return {
    async add(item) {
      const last = waiting.at(-1);
      const joined = last === undefined ? undefined : deps.join(last, item);
      if (joined !== undefined) waiting.pop();
      waiting.push(joined ?? item);
      if (!isStoring) {
        storing = storeAll();
        storing.catch(() => undefined); // `add` or `finished` tells.
      }
      while (isCrowded()) await Promise.race([taken.promise, storing]);
    },
    finished: () => storing,
  };
}
