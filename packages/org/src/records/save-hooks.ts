/** A record about to be saved because somebody asked for it, not because another save led to it. */
export type SaveMoment = {
  readonly kind: "create" | "update" | "delete";
  readonly objectName: string;
  readonly id: string;
  readonly userId: string;
};

/** Where something from outside can refuse a save. All of them throw OrgError to do so; nothing is saved then. */
export type SaveHooks = {
  /** Before anything of the save is done. */
  beforeSave(moment: SaveMoment): void;
  /** Before an event is taken, from a flow or from a client. A flow takes its fault path. */
  beforePublish(eventName: string): void;
  /** After all flows ran, before the commit, with the objects of the changed records. */
  beforeCommit(objectNames: readonly string[]): void;
};

/** Nothing is refused. */
export const noSaveHooks: SaveHooks = {
  beforeSave: () => undefined,
  beforePublish: () => undefined,
  beforeCommit: () => undefined,
};
