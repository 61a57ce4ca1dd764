import { MillraceError } from "../errors.ts";
import type { StateEntry } from "../log/driver.ts";
import { StateReader, StateWriter } from "./aggregate/state-codec.ts";

/*
 * A state entry: version | make | watermark | changed keys, as JSON [key, memory, latest] | forgotten keys, as JSON.
 * A snapshot is an entry in which all keys have changed.
 */

const version = 1;

interface Remembered {
  memory: unknown;
  /** Event time of the latest record, milliseconds. */
  latest: number;
}

/** What a stage remembers of keys, and what of it is new since it was last written down. */
export class KeyMemory {
  readonly #keys = new Map<string, Remembered>();
  readonly #changed = new Set<string>();
  readonly #forgotten = new Set<string>();
  readonly #make: number;
  readonly #where: string;
  #watermark = -Infinity;
  #sweptAt = -Infinity;

  /**
   * @param make - what the keys are made of, as a number: memory of another make cannot be read
   * @param where - named in errors
   */
  constructor(make: number, where: string) {
    this.#make = make;
    this.#where = where;
  }

  get size(): number {
    return this.#keys.size;
  }

  get(key: string): unknown {
    return this.#keys.get(key)?.memory;
  }

  set(key: string, memory: unknown, eventTime: number): void {
    const latest = Math.max(eventTime, this.#keys.get(key)?.latest ?? -Infinity);
    this.#keys.set(key, { memory, latest });
    this.#changed.add(key);
    this.#forgotten.delete(key);
  }

  forget(key: string): void {
    if (!this.#keys.delete(key)) return;
    this.#changed.delete(key);
    this.#forgotten.add(key);
  }

  /** Forgets keys whose latest record is older than `keepForMs`. Looks at all of them once in a sixteenth of that time. */
  forgetBefore(watermark: number, keepForMs: number): void {
    this.#watermark = Math.max(this.#watermark, watermark);
    if (this.#watermark < this.#sweptAt + keepForMs / 16) return;
    this.#sweptAt = this.#watermark;
    for (const [key, { latest }] of this.#keys) if (latest + keepForMs < this.#watermark) this.forget(key);
  }

  /** @returns undefined when nothing is new */
  delta(): Uint8Array | undefined {
    if (this.#changed.size === 0 && this.#forgotten.size === 0) return undefined;
    return this.#entry(this.#changed, this.#forgotten);
  }

  snapshot(): Uint8Array {
    return this.#entry(this.#keys.keys(), []);
  }

  /** @throws MillraceError `MR-ENGINE-009` when it is damaged or of another make */
  restore({ kind, bytes }: StateEntry): void {
    const state = new StateReader(bytes, this.#where);
    this.#checkMake(state);
    this.#watermark = state.number();
    const [changed, forgotten] = [state.json() as [string, unknown, number][], state.json() as string[]];
    state.end();
    if (kind === "snapshot") this.#keys.clear();
    for (const [key, memory, latest] of changed) this.#keys.set(key, { memory, latest });
    for (const key of forgotten) this.#keys.delete(key);
    this.#sweptAt = this.#watermark;
  }

  #checkMake(state: StateReader): void {
    const theirs = state.count();
    if (theirs === version && state.count() === this.#make) return;
    throw new MillraceError("MR-ENGINE-009", {
      what: theirs === version ? "what the stage remembers was kept by other fields" : `what the stage remembers has the form ${theirs}; this version of Millrace reads ${version}`,
      where: this.#where,
      mend: theirs === version ? "give the changed stage a new name, so that it starts anew, or go back to the release before" : "start the version of Millrace that wrote it",
    });
  }

  #entry(changed: Iterable<string>, forgotten: Iterable<string>): Uint8Array {
    const out = new StateWriter();
    out.count(version);
    out.count(this.#make);
    out.number(this.#watermark);
    try {
      out.json(Array.from(changed, (key) => [key, this.#keys.get(key)?.memory, this.#keys.get(key)?.latest]));
    } catch (cause) {
      const what = `what it remembers is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`;
      throw new MillraceError("MR-ENGINE-001", { what, where: this.#where, mend: "keep to text, numbers, booleans, null, lists and plain objects", cause });
    }
    out.json([...forgotten]);
    this.#changed.clear();
    this.#forgotten.clear();
    return out.finish();
  }
}
