/**
 * Brings the names in folders to the disk, for many who ask at once: who asks while a flush is under way shares the next one
 * with all others who do, for that begins after their names are there.
 */
export class FolderFlushes {
  readonly #flush: (folder: string) => Promise<void>;
  readonly #last = new Map<string, Flush>();

  constructor(flush: (folder: string) => Promise<void>) {
    this.#flush = flush;
  }

  /** Resolves when all names that are in the folder now are on disk. */
  flush(folder: string): Promise<void> {
    const last = this.#last.get(folder);
    if (last !== undefined && !last.hasBegun) return last.done;
    const next: Flush = { hasBegun: false, done: Promise.resolve() };
    const before = last?.done.catch(() => undefined) ?? Promise.resolve();
    next.done = before.then(() => {
      next.hasBegun = true;
      return this.#flush(folder);
    });
    this.#last.set(folder, next);
    const forget = () => {
      if (this.#last.get(folder) === next) this.#last.delete(folder);
    };
    next.done.then(forget, forget);
    return next.done;
  }
}

interface Flush {
  hasBegun: boolean;
  done: Promise<void>;
}
