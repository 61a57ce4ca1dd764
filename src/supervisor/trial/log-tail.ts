import { setTimeout } from "node:timers/promises";
import { readAttemptLog } from "../tasks/attempt-log.ts";
import type { AttemptPlace } from "../tasks/attempt-place.ts";

const everyMs = 100;

/** Hands on the lines of an attempt's log as they are written. */
export class LogTail {
  readonly #dataFolder: string;
  readonly #place: AttemptPlace;
  readonly #onLine: (line: string) => void;
  readonly #stop = new AbortController();
  readonly #following: Promise<void>;
  #offset = 0;

  constructor(dataFolder: string, place: AttemptPlace, onLine: (line: string) => void) {
    this.#dataFolder = dataFolder;
    this.#place = place;
    this.#onLine = onLine;
    this.#following = this.#follow();
  }

  /** To be called when no more is written; resolves when all has been handed on. */
  async end(): Promise<void> {
    this.#stop.abort();
    await this.#following;
    while (await this.#read());
  }

  async #follow(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#read();
      await setTimeout(everyMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  /** @returns false when there was nothing new */
  async #read(): Promise<boolean> {
    const { lines, next } = await readAttemptLog(this.#dataFolder, this.#place, this.#offset);
    this.#offset = Math.max(this.#offset, next);
    for (const line of lines) this.#onLine(line);
    return lines.length > 0;
  }
}
