import type { KeptFiles } from "../../files/shared-files.ts";
import { Rounds } from "../rounds.ts";
import { type LogPart, readAttemptLog } from "../tasks/attempt-log.ts";
import { type AttemptPlace, attemptLogKey } from "../tasks/attempt-place.ts";

/** A log that grows, and how much of it others can read. */
interface Watched {
  place: AttemptPlace;
  begunMs: number;
  nextMs: number;
  shared: number;
  /** One piece after the other. */
  sharing: Promise<void>;
  /** It grows no more, and is forgotten once all of it is shared. */
  over: boolean;
}

const firstMs = 2_000;
/** A piece comes behind each twentieth of the attempt's age: of one that runs for a day there are some 150. */
const partOfAge = 1 / 20;
const lookMs = 500;

/**
 * Logs of attempts for control planes at which they did not run: in the bucket, in pieces that never change, each named by the
 * bytes of the log that it holds. While an attempt runs its newest lines are some seconds old there; what it wrote is whole
 * before its end is told.
 */
export class SharedLogs {
  readonly #bucket: KeptFiles;
  readonly #dataFolder: string;
  readonly #watched = new Map<string, Watched>();
  readonly #rounds = new Rounds({ firstMs: lookMs, everyMs: lookMs, round: () => this.#shareDue() });

  constructor(bucket: KeptFiles, dataFolder: string) {
    this.#bucket = bucket;
    this.#dataFolder = dataFolder;
    this.#rounds.begin();
  }

  /** Shares it as it grows, until it is `settled`. */
  watch(place: AttemptPlace): void {
    const now = performance.now();
    this.#watched.set(attemptLogKey(place), { place, begunMs: now, nextMs: now + firstMs, shared: 0, sharing: Promise.resolve(), over: false });
  }

  /** Shares what is left. Where the bucket does not take it now, it does later: an attempt's end does not wait for its log. */
  async settled(place: AttemptPlace): Promise<void> {
    const watched = this.#watched.get(attemptLogKey(place));
    if (!watched) return;
    watched.over = true;
    await this.#share(watched).catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.#rounds.rest();
    await Promise.all([...this.#watched.values()].map((watched) => this.#share(watched).catch(() => undefined)));
  }

  /** As `readAttemptLog`, of an attempt that ran anywhere. */
  async read(place: AttemptPlace, offset = 0): Promise<LogPart> {
    const pieces = await this.#pieces(place);
    const piece = pieces.filter(({ start, end }) => start <= offset && offset < end).reduce<Piece | undefined>((best, each) => (best && best.end >= each.end ? best : each), undefined);
    const bytes = piece && (await this.#bucket.read(piece.key, offset - piece.start));
    if (!piece || !bytes) return { lines: [], next: offset, atEnd: true };
    const lines = Buffer.from(bytes).toString("utf8").split("\n").slice(0, -1);
    return { lines, next: piece.end, atEnd: !pieces.some(({ end }) => end > piece.end) };
  }

  async #shareDue(): Promise<void> {
    for (const watched of this.#watched.values()) {
      if (this.#rounds.rests) return;
      if (watched.nextMs <= performance.now()) await this.#share(watched).catch(() => undefined);
    }
  }

  #share(watched: Watched): Promise<void> {
    watched.sharing = watched.sharing.catch(() => undefined).then(() => this.#shareOn(watched));
    return watched.sharing;
  }

  async #shareOn(watched: Watched): Promise<void> {
    const now = performance.now();
    watched.nextMs = now + Math.max(firstMs, (now - watched.begunMs) * partOfAge);
    for (;;) {
      const { lines, next, atEnd } = await readAttemptLog(this.#dataFolder, watched.place, watched.shared);
      if (lines.length > 0) await this.#bucket.putIfAbsent(keyOf(watched.place, watched.shared, next), Buffer.from(`${lines.join("\n")}\n`));
      watched.shared = Math.max(watched.shared, next);
      if (atEnd) break;
    }
    if (watched.over) this.#watched.delete(attemptLogKey(watched.place));
  }

  async #pieces(place: AttemptPlace): Promise<Piece[]> {
    const folder = `${attemptLogKey(place)}/`;
    const pieces: Piece[] = [];
    for await (const key of this.#bucket.list(folder)) {
      const [start, end] = key.slice(folder.length).split("-").map(Number);
      if (Number.isSafeInteger(start) && Number.isSafeInteger(end)) pieces.push({ key, start, end });
    }
    return pieces;
  }
}

/** Bytes of a log, `start` inclusive, `end` exclusive: whole lines. */
interface Piece {
  key: string;
  start: number;
  end: number;
}

const keyOf = (place: AttemptPlace, start: number, end: number): string => `${attemptLogKey(place)}/${digits(start)}-${digits(end)}`;
const digits = (bytes: number): string => String(bytes).padStart(9, "0");
