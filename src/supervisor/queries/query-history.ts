import { randomBytes } from "node:crypto";
import { MillraceError } from "../../errors.ts";
import type { QueryFilter, QueryView } from "../../server/query-control.ts";
import type { StateStore } from "../../state/store.ts";

const collection = "queries";
/** Records that are kept, and bytes of their JSON together. */
const recordsMax = 1_000;
const bytesMax = 16 * 1024 * 1024;
const ageMaxMs = 30 * 24 * 3_600_000;

interface Kept {
  view: QueryView;
  bytes: number;
}

export interface HistoryLogger {
  warn(fields: object, text: string): void;
}

/** The records of statements, the newest of them, in memory and in the state store. */
export class QueryHistory {
  readonly #state: StateStore;
  readonly #logger: HistoryLogger;
  readonly #clock: () => number;
  /** In the order in which they were made. */
  readonly #records = new Map<string, Kept>();
  #bytes = 0;
  /** Writes one after the other, so that a record is never replaced by an older state of it. */
  #writes: Promise<void> = Promise.resolve();

  private constructor(state: StateStore, logger: HistoryLogger, clock: () => number) {
    this.#state = state;
    this.#logger = logger;
    this.#clock = clock;
  }

  /** What stands in the store. Queries that ran when the process before ended have failed: nobody runs them any more. */
  static async open(state: StateStore, logger: HistoryLogger, clock: () => number = Date.now): Promise<QueryHistory> {
    const history = new QueryHistory(state, logger, clock);
    for (const { value: stored } of await state.list<QueryView>(collection)) {
      // Those of before there were tokens of readers are the project's.
      const value = { ...stored, token: stored.token ?? null };
      history.#keep(value);
      if (value.state === "queued" || value.state === "running") history.record(interrupted(value, clock()));
    }
    history.#removeOld();
    return history;
  }

  /** An id that sorts by its time. */
  newId(): string {
    return `q${this.#clock().toString(36).padStart(9, "0")}-${randomBytes(6).toString("hex")}`;
  }

  /** @throws MillraceError `MR-HTTP-005` */
  get(id: string): QueryView {
    const kept = this.#records.get(id);
    if (kept) return kept.view;
    throw new MillraceError("MR-HTTP-005", { what: `there is no query "${id}"`, where: "the queries", mend: "`millrace queries list` shows those that are kept; old ones are removed" });
  }

  list({ states, token, id, text, before, limit }: QueryFilter): QueryView[] {
    const word = text?.toLowerCase();
    const matches = (view: QueryView): boolean => (before === undefined || view.id < before) && (states === undefined || states.includes(view.state)) && (token === undefined || view.token === token) && (id === undefined || view.id === id) && (word === undefined || view.sql.toLowerCase().includes(word));
    const found: QueryView[] = [];
    for (const { view } of [...this.#records.values()].reverse()) {
      if (found.length === limit) break;
      if (matches(view)) found.push(view);
    }
    return found;
  }

  all(): QueryView[] {
    return [...this.#records.values()].map(({ view }) => view);
  }

  /** Keeps a record as it stands now; it is written behind the caller's back, and a disk that refuses costs the record alone. */
  record(view: QueryView): void {
    this.#keep(view);
    this.#removeOld();
    this.#write(() => this.#state.put(collection, view.id, view));
  }

  /** Keeps a record as it stands now, in memory alone. */
  touch(view: QueryView): void {
    this.#keep(view);
  }

  /** As `record`; on disk when it resolves. @throws MillraceError when the store refuses, and then it is not kept */
  async add(view: QueryView): Promise<void> {
    await this.#state.put(collection, view.id, view);
    this.#keep(view);
    this.#removeOld();
  }

  /** Resolves when all that was recorded is on disk, or was refused. */
  settled(): Promise<void> {
    return this.#writes;
  }

  #write(work: () => Promise<unknown>): void {
    this.#writes = this.#writes.then(work).then(
      () => undefined,
      (error: unknown) => this.#logger.warn({ err: error }, "the record of a query could not be stored"),
    );
  }

  #keep(view: QueryView): void {
    const bytes = JSON.stringify(view).length;
    this.#bytes += bytes - (this.#records.get(view.id)?.bytes ?? 0);
    this.#records.set(view.id, { view, bytes });
  }

  #removeOld(): void {
    const oldest = this.#clock() - ageMaxMs;
    for (const [id, { view, bytes }] of this.#records) {
      const isSpare = this.#records.size > recordsMax || this.#bytes > bytesMax || Date.parse(view.createdAt) < oldest;
      if (!isSpare) return;
      if (view.endedAt === null) continue;
      this.#records.delete(id);
      this.#bytes -= bytes;
      this.#write(() => this.#state.delete(collection, id));
    }
  }
}

function interrupted(view: QueryView, now: number): QueryView {
  const error = new MillraceError("MR-SQL-005", { what: "Millrace ended while the statement ran", where: "the statement", mend: "send it again", retryable: true });
  return { ...view, state: "failed", endedAt: new Date(now).toISOString(), progress: null, error: error.toJSON() };
}
