const entriesMax = 256;

/** A map that forgets what was not asked for lately, when it becomes too many or too large. */
export class RecentMap<T> {
  readonly #values = new Map<string, { value: T; weight: number }>();
  readonly #weightMax: number;
  #weight = 0;

  constructor(weightMax: number) {
    this.#weightMax = weightMax;
  }

  get(key: string): T | undefined {
    const entry = this.#values.get(key);
    if (!entry) return undefined;
    this.#values.delete(key);
    this.#values.set(key, entry);
    return entry.value;
  }

  /** One that is heavier than a quarter of all is not kept. */
  set(key: string, value: T, weight: number): void {
    this.delete(key);
    if (weight > this.#weightMax / 4) return;
    this.#values.set(key, { value, weight });
    this.#weight += weight;
    for (const [oldest] of this.#values) {
      if (this.#values.size <= entriesMax && this.#weight <= this.#weightMax) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#weight -= this.#values.get(key)?.weight ?? 0;
    this.#values.delete(key);
  }
}
