import type { SourceBatch, SourceContext, StageLog } from "../model/definition.ts";
import type { StageDecl } from "../model/manifest.ts";
import type { SecretAccess } from "../model/secret.ts";
import type { SourceWriter } from "./source-writer.ts";

export interface UserSourceOptions {
  stage: StageDecl;
  read: (context: SourceContext) => AsyncIterable<SourceBatch> | Iterable<SourceBatch>;
  writer: SourceWriter;
  signal: AbortSignal;
  log: StageLog;
  secrets: SecretAccess;
  /** Ends early when `signal` is aborted, with or without an error. */
  sleep(ms: number): Promise<void>;
  random(): number;
}

/** Between two calls of a `read` that has returned. */
const againMs = 1_000;
/** Without a batch for this long, a source that has no end stops holding its readers' watermarks. */
const idleAfterMs = 1_000;

/**
 * Runs a source of the user's: one that ends until its `read` returns, any other until it is stopped, calling `read` again
 * from the last position. A `read` that throws is called again as often as the stage's retries say; a batch that came
 * through in between begins the count anew.
 */
export async function runUserSource({ stage, read, writer, signal, log, secrets, sleep, random }: UserSourceOptions): Promise<void> {
  const idle = new IdleTimer(writer, stage.bounded === true, log);
  try {
    for (let failures = 0; !signal.aborted; ) {
      try {
        for await (const { records, position } of untilAborted(read({ stage: stage.name, position: writer.position ?? undefined, signal, log, ...secrets }), signal)) {
          await writer.writeRecords(records, position);
          failures = 0;
          idle.restart();
        }
        if (stage.bounded) {
          if (!signal.aborted) await writer.end();
          return;
        }
        await sleep(againMs);
      } catch (error) {
        // What it gave before it threw is kept.
        await writer.settle();
        if (signal.aborted || ++failures >= stage.retries.attempts) throw error;
        log.warn("the source is read again after an error", { error, attempt: failures });
        await sleep(stage.retries.backoffMs * 2 ** (failures - 1) * (0.5 + random() / 2));
      }
    }
  } finally {
    idle.stop();
  }
}

/** Says once that the source is quiet, each time that it has been for a while. */
class IdleTimer {
  readonly #writer: SourceWriter;
  readonly #log: StageLog;
  #timer: NodeJS.Timeout | undefined;

  constructor(writer: SourceWriter, bounded: boolean, log: StageLog) {
    this.#writer = writer;
    this.#log = log;
    // A source that ends is waited for however long it takes: what it has not said yet is still to come.
    if (!bounded) this.#timer = setTimeout(() => this.#tell(), idleAfterMs);
  }

  restart(): void {
    this.#timer?.refresh();
  }

  #tell(): void {
    this.#writer.idle().catch((error: unknown) => this.#log.warn("readers could not be told that the source is quiet", { error }));
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/**
 * Ends when the signal speaks, though the user's code may still wait for something outside: what it has not yielded is in
 * no epoch, and comes again.
 */
async function* untilAborted<T>(items: AsyncIterable<T> | Iterable<T>, signal: AbortSignal): AsyncIterable<T> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const aborted = Promise.withResolvers<{ done: true; value: undefined }>();
  const end = (): void => aborted.resolve({ done: true, value: undefined });
  signal.addEventListener("abort", end, { once: true });
  try {
    while (!signal.aborted) {
      const next = Promise.resolve(iterator.next());
      // Code that heeds the signal may well end with an error.
      next.catch(() => undefined);
      const { done, value } = await Promise.race([next, aborted.promise]);
      if (done || signal.aborted) return;
      yield value;
    }
  } finally {
    signal.removeEventListener("abort", end);
  }
}
