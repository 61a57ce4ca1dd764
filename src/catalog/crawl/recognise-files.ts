import { availableParallelism } from "node:os";
import { asMillraceError, type ErrorJson } from "../../errors.ts";
import type { FileSource } from "../../formats/file-source.ts";
import type { Recognition } from "../../formats/recognise.ts";
import { memoryLimiter } from "../../sql/memory-limit.ts";
import type { RecogniseReply, RecogniseRequest } from "./recognise-messages.ts";
import { type GuardCommand, isOutage, type RecogniseLimits, RecogniseProcess } from "./recognise-process.ts";

export interface RecogniseFilesOptions {
  options: RecogniseRequest["options"];
  /** Aborting it ends all processes; the call rejects. */
  signal: AbortSignal;
  limits?: Partial<RecogniseLimits>;
  guard?: GuardCommand;
  /** Default: the machine's cores, 4 at most. */
  processes?: number;
  /** Told how many are done. */
  onDone?(files: number): void;
}

export type Recognised = { found: Recognition } | { error: ErrorJson };

/** Files that a process is given at once. */
const batchFiles = 64;
const filesPerProcess = 32;
/** Files that are on their way while one is looked into. */
const ahead = 8;
const usual: RecogniseLimits = { timeoutMs: 30_000, memoryBytes: 1 << 30 };

/**
 * Recognises files in some processes of their own, each with a limit of memory and a timer. A file that takes its process with
 * it is told as such, and the others go on in the next one.
 *
 * @param open - a file's path on this machine; or the way to one that lies elsewhere, which does not lead through the processes
 * @returns what came of each, in their order
 */
export async function recogniseFiles<F>(files: readonly F[], open: (file: F) => string | FileSource, { options, signal, limits, guard, processes = Math.min(4, availableParallelism()), onDone }: RecogniseFilesOptions): Promise<Recognised[]> {
  const results: Recognised[] = new Array(files.length);
  const bounds = { ...usual, ...limits };
  const batch = Math.max(1, Math.min(batchFiles, Math.ceil(files.length / processes)));
  let next = 0;
  let count = 0;
  const takeBatch = (): number[] => Array.from({ length: Math.max(0, Math.min(batch, files.length - next)) }, () => next++);
  const worker = async (): Promise<void> => {
    let process: RecogniseProcess | undefined;
    const kill = (): void => process?.kill();
    signal.addEventListener("abort", kill);
    try {
      for (let places = takeBatch(); places.length > 0; ) {
        signal.throwIfAborted();
        process ??= await RecogniseProcess.start(memoryLimiter(), bounds, guard);
        signal.throwIfAborted();
        const done = await recogniseBatch(process, places.map((place) => open(files[place])), options, bounds.timeoutMs);
        signal.throwIfAborted();
        done.results.forEach((result, i) => (results[places[i]] = result));
        onDone?.((count += done.results.length));
        if (done.died) process = undefined;
        places = done.results.length < places.length ? places.slice(done.results.length) : takeBatch();
      }
    } finally {
      signal.removeEventListener("abort", kill);
      await process?.end();
    }
  };
  // Starting a process costs as much as a few dozen files do.
  const wanted = Math.min(processes, Math.ceil(files.length / filesPerProcess));
  await Promise.all(Array.from({ length: wanted }, worker));
  return results;
}

/** As far as the process comes: the last result is of the file that it died of. */
async function recogniseBatch(process: RecogniseProcess, files: (string | FileSource)[], options: RecogniseRequest["options"], timeoutMs: number): Promise<{ results: Recognised[]; died: boolean }> {
  const results: Recognised[] = [];
  await process.give(files, options);
  for (const [i, file] of files.entries()) {
    fetchAhead(files.slice(i === 0 ? 0 : i + ahead - 1, i + ahead));
    try {
      results.push(resultOf(await process.next(file, timeoutMs)));
    } catch (error) {
      if (isOutage(error)) throw error;
      results.push({ error: asMillraceError(error, typeof file === "string" ? file : file.name).toJSON() });
      return { results, died: true };
    } finally {
      if (typeof file !== "string") await file.close();
    }
  }
  return { results, died: false };
}

/** Begins to bring what lies elsewhere, so that the process waits for the first file alone. What fails now fails again when it is asked for. */
function fetchAhead(files: readonly (string | FileSource)[]): void {
  for (const file of files) if (typeof file !== "string") file.read(0, 1).catch(() => undefined);
}

function resultOf(reply: Exclude<RecogniseReply, { type: "read" }>): Recognised {
  if (reply.type === "found") return { found: reply.found };
  if (reply.type === "failed") return { error: reply.error };
  throw new Error(`a recognising process said "${reply.type}" out of turn`);
}
