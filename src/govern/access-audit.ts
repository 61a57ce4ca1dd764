import { randomBytes } from "node:crypto";
import type { StateStore } from "../state/store.ts";
import type { TokenLogger } from "./kept-tokens.ts";

/** Something that was done with a reader's token, or refused to it. A type, so that it passes as JSON. */
export type AccessEvent = {
  id: string;
  what: "created" | "revoked" | "refused";
  /** ISO 8601; of what was refused several times within an hour, the first time. */
  at: string;
  lastAt: string;
  count: number;
  token: string;
  name: string;
  audience: string;
  /** What was refused, or for how long the token was made. */
  detail: string;
};

export interface AuditOptions {
  /** Milliseconds since 1970. */
  clock?: () => number;
  /** Events that are kept. Default 2,000. */
  eventsMax?: number;
}

export type AccessNote = Pick<AccessEvent, "what" | "token" | "name" | "audience" | "detail">;

const collection = "access-audit";
const hourMs = 3_600_000;

/**
 * The last events of access, in memory and in the state store. What is refused again and again is one event an hour with a
 * count: whoever knocks all day writes next to nothing.
 */
export class AccessAudit {
  readonly #state: StateStore;
  readonly #logger: TokenLogger;
  readonly #clock: () => number;
  readonly #eventsMax: number;
  /** By id, the oldest first. */
  readonly #events: Map<string, AccessEvent>;
  /** Ids of refusals of this hour, by what they are. */
  readonly #refusals = new Map<string, string>();
  readonly #unwritten = new Set<string>();
  #writes: Promise<void> | undefined;

  private constructor(state: StateStore, logger: TokenLogger, { clock = Date.now, eventsMax = 2_000 }: AuditOptions, events: Map<string, AccessEvent>) {
    this.#state = state;
    this.#logger = logger;
    this.#clock = clock;
    this.#eventsMax = eventsMax;
    this.#events = events;
  }

  static async open(state: StateStore, logger: TokenLogger, options: AuditOptions = {}): Promise<AccessAudit> {
    const stored = await state.list<AccessEvent>(collection);
    return new AccessAudit(state, logger, options, new Map(stored.map(({ key, value }) => [key, value])));
  }

  /** The newest first. @param before - only events before this one */
  list(limit: number, before?: string): AccessEvent[] {
    return [...this.#events.values()].reverse().filter(({ id }) => before === undefined || id < before).slice(0, limit);
  }

  /** Written behind the caller's back. */
  note(note: AccessNote): void {
    const at = new Date(this.#clock()).toISOString();
    this.#keep({ id: this.#newId(), ...note, at, lastAt: at, count: 1 });
  }

  refused(note: Omit<AccessNote, "what">): void {
    const now = this.#clock();
    const key = JSON.stringify([Math.floor(now / hourMs), note.token, note.detail]);
    const known = this.#events.get(this.#refusals.get(key) ?? "");
    if (known) return this.#keep({ ...known, lastAt: new Date(now).toISOString(), count: known.count + 1 });
    this.note({ what: "refused", ...note });
    if (this.#refusals.size >= this.#eventsMax) this.#refusals.clear();
    this.#refusals.set(key, [...this.#events.keys()].at(-1) as string);
  }

  #newId(): string {
    return `a${this.#clock().toString(36).padStart(9, "0")}-${randomBytes(6).toString("hex")}`;
  }

  #keep(event: AccessEvent): void {
    this.#events.set(event.id, event);
    this.#unwritten.add(event.id);
    for (const id of this.#events.keys()) {
      if (this.#events.size <= this.#eventsMax) break;
      this.#events.delete(id);
      this.#unwritten.add(id);
    }
    this.#writes ??= this.#write().finally(() => (this.#writes = undefined));
  }

  /** What changes while it writes is written once more, as it is by then. */
  async #write(): Promise<void> {
    for (const id of this.#unwritten) {
      this.#unwritten.delete(id);
      const event = this.#events.get(id);
      await (event ? this.#state.put(collection, id, event) : this.#state.delete(collection, id)).catch((error: unknown) => this.#logger.warn({ err: error }, "an event of access could not be stored"));
    }
  }

  /** Resolves when all is on disk, or was refused. */
  async settled(): Promise<void> {
    while (this.#writes) await this.#writes;
  }
}
