import { isAbsolute, join } from "node:path";
import type { Batch } from "../../batch/batch.ts";
import { slice } from "../../batch/select.ts";
import type { SourceWriter } from "../../engine/source-writer.ts";
import type { S3Port } from "../../files/s3-port.ts";
import { isBucketAddress } from "../../model/bucket.ts";
import type { TopicDecl } from "../../model/manifest.ts";
import type { FilesSettings } from "./declare.ts";
import { FileReader } from "./file-reader.ts";
import { forgetReplay, replayedPaths } from "./replayed-objects.ts";

export interface FilesSourceOptions {
  stage: string;
  settings: FilesSettings;
  topic: TopicDecl;
  writer: SourceWriter;
  projectFolder: string;
  spoolFolder: string;
  /** A bucket that the settings name. */
  openBucket(bucket: string): Promise<S3Port>;
  signal: AbortSignal;
  /** Rows written so far, of how many. */
  progress: (done: number, total: number) => void;
}

/** Replays files into a topic, from the row after the last one committed to the end. Resolves at the end or when aborted. */
export async function runFilesSource({ stage, settings, topic, writer, projectFolder, spoolFolder, openBucket, signal, progress }: FilesSourceOptions): Promise<void> {
  const declared = settings.paths.map((path) => (isBucketAddress(path) || isAbsolute(path) ? path : join(projectFolder, path)));
  let row = (writer.position as { row: number } | null)?.row ?? 0;
  const objects = join(spoolFolder, `objects of ${encodeURIComponent(stage)}`);
  const paths = await replayedPaths({ paths: declared, folder: objects, fresh: row === 0, where: `source "${stage}"`, open: openBucket, signal });
  const reader = await FileReader.open({ paths, format: settings.format, orderBy: settings.orderBy, topic, spoolFolder, stage, fresh: row === 0 });
  try {
    progress(row, reader.total);
    const pace = settings.speed === "max" ? undefined : new Pace(settings.speed, signal);
    for await (const batch of reader.batches(row)) {
      for await (const part of pace ? pace.parts(batch) : [batch]) {
        if (signal.aborted) return;
        row += part.count;
        await writer.writeBatch(part, { row });
        progress(row, reader.total);
      }
    }
    if (signal.aborted) return;
    await writer.end();
    await forgetReplay(objects);
  } finally {
    reader.close();
  }
}

/** Lets records through when their event time comes, `speed` times faster than it passed. */
class Pace {
  readonly #speed: number;
  readonly #signal: AbortSignal;
  #begin: { clock: number; eventTime: number } | undefined;

  constructor(speed: number, signal: AbortSignal) {
    this.#speed = speed;
    this.#signal = signal;
  }

  async *parts(batch: Batch): AsyncIterable<Batch> {
    for (let from = 0; from < batch.count; ) {
      this.#begin ??= { clock: performance.now(), eventTime: batch.eventTime[from] };
      const due = this.#begin.eventTime + (performance.now() - this.#begin.clock) * this.#speed;
      let to = from;
      while (to < batch.count && batch.eventTime[to] <= due) to++;
      if (to > from) yield slice(batch, from, to);
      else await this.#wait((batch.eventTime[from] - due) / this.#speed);
      if (this.#signal.aborted) return;
      from = to;
    }
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, Math.min(Math.max(1, ms), 60_000));
      const signal = this.#signal;
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      }
      signal.addEventListener("abort", done, { once: true });
    });
  }
}
