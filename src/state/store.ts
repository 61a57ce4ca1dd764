/**
 * The control plane's own store: small facts that must change atomically.
 * Keys are grouped in named collections; each value carries a version that grows by one with each write, so that a
 * writer can make its change conditional on what it read.
 */
export interface StateStore {
  /** The value and its version; undefined where there is none. */
  get<T>(collection: string, key: string): Promise<Versioned<T> | undefined>;
  /** All of a collection, by key in UTF-8 order. */
  list<T>(collection: string): Promise<(Versioned<T> & { key: string })[]>;
  /** Writes whatever stands there. Returns the new version. On disk when it resolves. */
  put<T>(collection: string, key: string, value: T): Promise<number>;
  /**
   * Writes only when the version that stands there is `expected` (0: nothing stands there).
   * Returns the new version, or undefined when another writer was first.
   */
  compareAndSwap<T>(collection: string, key: string, expected: number, value: T): Promise<number | undefined>;
  /**
   * Makes all the swaps or, when one of the expected versions does not stand, none: at no moment is there one without the
   * others. Each names a key of its own. On disk when it resolves.
   *
   * @returns true when they are made; false when another writer was first
   */
  swapAll(swaps: readonly Swap[]): Promise<boolean>;
  /**
   * Runs `work` when nobody else does, in any process, that was given one of the same names: for those who would else undo one
   * another's work and begin again. Good manners and no lock: when nothing moves for some seconds `work` runs all the same,
   * and who dies in a turn holds up nobody.
   */
  inTurn<T>(names: readonly string[], work: () => Promise<T>): Promise<T>;
  /** Removes the key. Removing what is not there is no error. */
  delete(collection: string, key: string): Promise<void>;
  close(): Promise<void>;
}

export interface Versioned<T> {
  value: T;
  version: number;
}

/** One write among several: `value`, or nothing at all where it is undefined, in place of the version `expected`. */
export interface Swap {
  collection: string;
  key: string;
  /** 0: nothing stands there. */
  expected: number;
  /** Undefined: the key is removed. */
  value: unknown;
}
