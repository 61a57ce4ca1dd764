import type { Answer } from "../../api/types.ts";

export type RecordPage = Answer<"/api/v1/topics/{topic}/records">;
export type RecordView = RecordPage["records"][number];

/** Where reading begins, as the address has it. Nothing: at the newest record, and back from there. */
export interface Start {
  from?: "start";
  partition?: number;
  offset?: number;
  time?: string;
  cursor?: string;
  filter?: string;
}

export type PageQuery = Start | { from?: "end"; before?: string; partition?: number; filter?: string };
export type ReadPage = (query: PageQuery & { limit: number }, signal: AbortSignal) => Promise<RecordPage>;

export interface PagesState {
  /** In the order of reading: onwards, or from the newest back. */
  records: readonly RecordView[];
  /** Records looked at, where a filter is set. */
  scanned: number;
  /** `done`: nothing is left in this direction. `full`: as much as is kept; `cursor` goes on from there. */
  phase: "reading" | "resting" | "done" | "full" | "failed";
  cursor: string | undefined;
  error: unknown;
}

export const pageSize = 100;

/** Whether one reads from the newest record back. */
const readsBack = ({ from, offset, time, cursor }: Start): boolean => from === undefined && offset === undefined && time === undefined && cursor === undefined;

/** What is asked for first. */
export const firstQuery = (start: Start): Parameters<ReadPage>[0] => ({ ...(readsBack(start) ? { from: "end" as const, partition: start.partition, filter: start.filter } : start), limit: pageSize });

/** Reads a topic page by page, in either direction; with a filter as long as it takes to find a page of records, or until it is told to stop. */
export class RecordPages {
  readonly #read: ReadPage;
  readonly #start: Start;
  readonly #keptMax: number;
  readonly #listeners = new Set<() => void>();
  #stop = new AbortController();
  /** What is kept was read before: the next page takes its place. */
  #isOld = false;
  /** There was news while the first page was read anew. */
  #isOutrun = false;
  #state: PagesState = { records: [], scanned: 0, phase: "resting", cursor: undefined, error: undefined };

  /** @param keptMax - records kept in memory */
  constructor(read: ReadPage, start: Start, keptMax = 5_000) {
    this.#read = read;
    this.#start = start;
    this.#keptMax = keptMax;
  }

  readonly state = (): PagesState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Whether it reads from the newest record back. */
  get goesBack(): boolean {
    return readsBack(this.#start);
  }

  /** Reads on until a page of records was found. Does nothing while it reads, and where nothing is left. */
  readonly more = async (): Promise<void> => {
    if (!["resting", "failed"].includes(this.#state.phase)) return;
    const stop = new AbortController();
    this.#stop = stop;
    this.#set({ phase: "reading", error: undefined });
    const enough = (this.#isOld ? 0 : this.#state.records.length) + pageSize;
    try {
      while (this.#reads && (this.#isOld || this.#state.records.length < enough)) {
        const page = await this.#read(this.#query(), stop.signal);
        if (stop.signal.aborted) return;
        this.#take(page);
      }
      if (this.#reads) this.#set({ phase: "resting" });
    } catch (error) {
      if (!stop.signal.aborted) this.#set({ phase: "failed", error });
    }
  };

  /** Reads on where the end was, behind which more may stand now. */
  readonly lookOn = (): Promise<void> => {
    if (this.#state.phase === "done" && !this.goesBack) this.#set({ phase: "resting" });
    return this.more();
  };

  /**
   * Reads from the start again. What was read before stays until the first page is there. Where that page is on its way it is
   * not cut off, and asked for once more when it has come: else none would come while there is news faster than pages.
   */
  readonly anew = async (): Promise<void> => {
    if (this.#isOld && this.#reads) {
      this.#isOutrun = true;
      return;
    }
    this.#stop.abort();
    this.#isOld = true;
    this.#set({ phase: "resting", cursor: undefined });
    await this.more();
    if (!this.#isOutrun) return;
    this.#isOutrun = false;
    return this.anew();
  };

  /** Ends what it reads now; `more` goes on. */
  readonly stop = (): void => {
    this.#isOutrun = false;
    this.#stop.abort();
    if (this.#reads) this.#set({ phase: "resting" });
  };

  get #reads(): boolean {
    return this.#state.phase === "reading";
  }

  #query(): Parameters<ReadPage>[0] {
    const { partition, filter } = this.#start;
    const { cursor } = this.#state;
    if (cursor === undefined) return firstQuery(this.#start);
    return { ...(this.goesBack ? { before: cursor, partition } : { cursor }), filter, limit: pageSize };
  }

  #take({ records, next, previous, atStart, atEnd, scanned }: RecordPage): void {
    const { records: before, scanned: scannedBefore } = this.#isOld ? { records: [], scanned: 0 } : this.#state;
    this.#isOld = false;
    const all = [...before, ...(this.goesBack ? records.toReversed() : records)];
    const isLast = this.goesBack ? atStart : atEnd;
    this.#set({ records: all, scanned: scannedBefore + scanned, cursor: this.goesBack ? previous : next, phase: isLast ? "done" : all.length >= this.#keptMax ? "full" : "reading" });
  }

  #set(change: Partial<PagesState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
