import { rm } from "node:fs/promises";
import { MillraceError } from "../../errors.ts";
import { folderFiles } from "../../files/folder.ts";
import type { FilesDriver } from "../../files/driver.ts";
import type { ExecutorPort, Hint, Outcome, Work } from "../../scheduler/executor.ts";
import { resultsFolder, taskLogsFolder } from "../data-folder.ts";
import { readAttemptLog } from "../tasks/attempt-log.ts";
import { placeOf, resultKey } from "../tasks/attempt-place.ts";
import type { PlaneLink } from "./plane-link.ts";
import { filesOf } from "./work-files.ts";

const isRefused = (error: unknown): boolean => error instanceof MillraceError && (error.code === "MR-HTTP-001" || error.code === "MR-HTTP-006");

interface Held {
  worker: string;
  receipt: string;
  work: Work;
  /** Bytes of its log that the control plane has. */
  shipped: number;
  /** One shipment after the other. */
  shipping: Promise<void>;
}

const shipMs = 1_000;

/**
 * The scheduler, as an executor on another machine sees it. It brings along what an attempt reads before the executor has it,
 * and takes away what it has made before its end is told: so the executor finds everything in its own data folder.
 */
export class RemotePort implements ExecutorPort {
  readonly #link: PlaneLink;
  readonly #dataFolder: string;
  readonly #results: FilesDriver;
  readonly #held = new Map<string, Held>();
  readonly #timer: NodeJS.Timeout;
  /** The removal of what earlier attempts have left. */
  #tidied: Promise<void> = Promise.resolve();

  constructor(link: PlaneLink, dataFolder: string) {
    this.#link = link;
    this.#dataFolder = dataFolder;
    this.#results = folderFiles(resultsFolder(dataFolder));
    this.#timer = setInterval(() => {
      // What fails is shipped with the next lines, or at the end.
      for (const held of this.#held.values()) void this.#ship(held).catch(() => undefined);
    }, shipMs).unref();
  }

  async start(hint: Hint, worker: string): Promise<Work | undefined> {
    const { attempt, token } = hint;
    const { result } = await this.#link.call("start", { attempt, token, worker });
    if (!result) return undefined;
    const { work, receipt } = result;
    this.#held.set(attempt, { worker, receipt, work, shipped: 0, shipping: Promise.resolve() });
    try {
      await this.#tidied;
      for (const file of filesOf(work)) await this.#results.putIfAbsent(file, (await this.#link.call("read", { attempt, file })).body);
      return work;
    } catch (error) {
      // Nobody names it any more, and the control plane takes it for lost.
      this.#release(attempt);
      throw error;
    }
  }

  async end(attempt: string, _fence: number, outcome: Outcome): Promise<boolean> {
    const held = this.#held.get(attempt);
    if (!held) return false;
    try {
      await this.#ship(held);
      await this.#keep(held, outcome);
      const { result } = await this.#link.call("end", { receipt: held.receipt, outcome });
      this.#release(attempt);
      return result;
    } catch (error) {
      if (!isRefused(error)) throw error;
      // It would be refused again: nobody names the attempt any more, and it is taken for lost.
      this.#release(attempt);
      return false;
    }
  }

  alive(worker: string): void {
    const attempts = [...this.#held].flatMap(([attempt, held]) => (held.worker === worker ? [attempt] : []));
    if (attempts.length > 0) this.#link.tell("alive", { worker, attempts });
  }

  async gone(worker: string): Promise<void> {
    const lost = [...this.#held].filter(([, held]) => held.worker === worker);
    if (lost.length === 0) return;
    for (const [attempt, held] of lost) {
      await this.#ship(held).catch(() => undefined);
      this.#release(attempt);
    }
    this.#link.tell("gone", { worker });
  }

  /** What it held counts as lost, and nothing is said about it any more. */
  close(): void {
    clearInterval(this.#timer);
    this.#held.clear();
  }

  async #keep({ receipt, work }: Held, outcome: Outcome): Promise<void> {
    if (outcome.kind !== "success" || !outcome.result || !("file" in outcome.result)) return;
    const bytes = await this.#results.read(resultKey(placeOf(work), work.attempt));
    if (bytes) await this.#link.call("keep", { receipt }, bytes);
  }

  #ship(held: Held): Promise<void> {
    const shipped = held.shipping.catch(() => undefined).then(() => this.#shipOn(held));
    held.shipping = shipped;
    return shipped;
  }

  async #shipOn(held: Held): Promise<void> {
    for (;;) {
      const { lines, next, atEnd } = await readAttemptLog(this.#dataFolder, placeOf(held.work), held.shipped);
      if (lines.length === 0) return;
      const { result: from } = await this.#link.call("log", { receipt: held.receipt, offset: held.shipped }, Buffer.from(`${lines.join("\n")}\n`));
      // Another control plane may have begun it, and this one has not seen its beginning.
      held.shipped = Math.min(from, next);
      if (atEnd && held.shipped === next) return;
    }
  }

  #release(attempt: string): void {
    if (!this.#held.delete(attempt) || this.#held.size > 0) return;
    const folders = [resultsFolder(this.#dataFolder), taskLogsFolder(this.#dataFolder)];
    this.#tidied = Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))).then(() => undefined, () => undefined);
  }
}
