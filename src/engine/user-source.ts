import type { SourceBatch, SourceContext, StageLog } from "../model/definition.ts";
import type { StageDecl } from "../model/manifest.ts";
import type { SourceWriter } from "./source-writer.ts";

export interface UserSourceOptions {
  stage: StageDecl;
  read: (context: SourceContext) => AsyncIterable<SourceBatch> | Iterable<SourceBatch>;
  writer: SourceWriter;
  signal: AbortSignal;
  log: StageLog;
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
export async function runUserSource({ stage, read, writer, signal, log, sleep, random }: UserSourceOptions): Promise<void> {
  const idle = new IdleTimer(writer, stage.bounded === true, log);
  try {
    for (let failures = 0; !signal.aborted; ) {
      try {
        for await (const { records, position } of read({ stage: stage.name, position: writer.position ?? undefined, signal, log })) {
          if (signal.aborted) return;
          await writer.writeRecords(records, position);
          failures = 0;
          idle.restart();
        }
        if (stage.bounded) {
          if (!signal.aborted) await writer.end();
          return;
        }
        await sleepUnlessAborted(sleep, againMs, signal);
      } catch (error) {
        // What it gave before it threw is kept.
        await writer.settle();
        if (signal.aborted || ++failures >= stage.retries.attempts) throw error;
        log.warn("the source is read again after an error", { error, attempt: failures });
        await sleepUnlessAborted(sleep, stage.retries.backoffMs * 2 ** (failures - 1) * (0.5 + random() / 2), signal);
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

function sleepUnlessAborted(sleep: (ms: number) => Promise<void>, ms: number, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>();
  const done = (): void => aborted.resolve();
  signal.addEventListener("abort", done, { once: true });
  return Promise.race([sleep(ms), aborted.promise]).finally(() => signal.removeEventListener("abort", done));
}
