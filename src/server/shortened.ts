import type { RecordView } from "./record-view.ts";

/** Values within one record; what comes behind them is left out. */
const valuesMax = 2_000;

/**
 * The record with each text cut to `textMax` characters and no more values than a person looks at, so that what fills a page
 * stays small whatever was written. It says so where anything is gone; the same object where nothing is.
 */
export function shortened(record: RecordView, textMax: number): RecordView {
  const cutter = new Cutter(textMax);
  const key = record.key === null ? null : cutter.text(record.key);
  const headers = record.headers.map(([name, value]): [string, string] => [cutter.text(name), cutter.text(value)]);
  const value = record.value === null ? null : (cutter.value(record.value) as Record<string, unknown>);
  return cutter.cut ? { ...record, key, headers, value, shortened: true } : record;
}

class Cutter {
  readonly #textMax: number;
  #left = valuesMax;
  cut = false;

  constructor(textMax: number) {
    this.#textMax = textMax;
  }

  text(text: string): string {
    if (text.length <= this.#textMax) return text;
    this.cut = true;
    return `${text.slice(0, this.#textMax)}…`;
  }

  value(value: unknown): unknown {
    this.#left--;
    if (typeof value === "string") return this.text(value);
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return this.#first(value).map((each) => this.value(each));
    // Only as many names are looked at as are shown.
    const kept: [string, unknown][] = [];
    for (const name in value) {
      if (this.#left <= 0) {
        this.cut = true;
        break;
      }
      kept.push([this.text(name), this.value((value as Record<string, unknown>)[name])]);
    }
    return Object.fromEntries(kept);
  }

  #first(list: unknown[]): unknown[] {
    const room = Math.max(0, this.#left);
    if (list.length > room) this.cut = true;
    return list.length > room ? list.slice(0, room) : list;
  }
}
