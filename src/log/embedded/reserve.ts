import { closeSync, constants, fsyncSync, openSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";

const reserveBytes = 128 * 1024;

/**
 * A little space that is held back, so that a full disk can still take the word that makes room: retention must be
 * written down before it removes anything.
 */
export class Reserve {
  readonly #path: string;
  #held = false;

  constructor(folder: string) {
    this.#path = join(folder, "reserve");
    this.hold();
  }

  /** Takes the space where there is some; to be called again when there may be. */
  hold(): void {
    if (this.#held) return;
    let fd: number | undefined;
    try {
      fd = openSync(this.#path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o600);
      // Written, not only made longer: a file of nothing holds nothing.
      if (writeSync(fd, new Uint8Array(reserveBytes).fill(1)) < reserveBytes) throw new Error("not enough space");
      fsyncSync(fd);
      this.#held = true;
    } catch {
      this.#give();
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  /** Does the work; when the disk refuses it for want of space, gives the reserve up and does it again. */
  async spend<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!this.#held || (error as { retryable?: boolean }).retryable !== true) throw error;
      this.#give();
      return work();
    }
  }

  #give(): void {
    this.#held = false;
    try {
      unlinkSync(this.#path);
    } catch {
      // It was not there: then there is nothing to give.
    }
  }
}
