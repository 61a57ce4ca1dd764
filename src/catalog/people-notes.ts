import { MillraceError } from "../errors.ts";
import type { StateStore } from "../state/store.ts";
import { type Claim, type ColumnClaim, claimChanges } from "./claim.ts";
import type { CatalogHistory } from "./history.ts";

/** What a person changes of an entry. What is absent stays; null takes back what people have said, so that others are heard again. */
export interface NoteChange {
  description?: string | null;
  owner?: string | null;
  /** All that people have given it, beside those of the project. */
  tags?: string[] | null;
  columns?: Record<string, { description?: string | null; tags?: string[] | null; /** A kind of personal data, or `none`. */ personal?: string | null }>;
}

/** What people have said of an entry; each of its parts, whoever said it last. */
type Notes = Omit<Claim, "by"> & { by?: string };

const notesCollection = "catalog.notes";
const attemptsMax = 10;

/** What people say of entries, beside what the project, the lake and crawlers say. */
export class PeopleNotes {
  readonly #state: StateStore;
  readonly #history: CatalogHistory;

  constructor(state: StateStore, history: CatalogHistory) {
    this.#state = state;
    this.#history = history;
  }

  /** By entry. */
  async all(): Promise<Map<string, Claim>> {
    return new Map((await this.#state.list<Notes>(notesCollection)).map(({ key, value }) => [key, claimOf(value)]));
  }

  async of(entry: string): Promise<Claim | undefined> {
    const found = await this.#state.get<Notes>(notesCollection, entry);
    return found && claimOf(found.value);
  }

  /**
   * @param person - who says it, where that is known
   * @throws MillraceError `MR-CATALOG-003` when others change the entry all the time
   */
  async change(entry: string, change: NoteChange, person: string | undefined): Promise<void> {
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const found = await this.#state.get<Notes>(notesCollection, entry);
      const next = changed(found?.value ?? {}, change, person);
      const changes = claimChanges(found && claimOf(found.value), claimOf(next));
      if (changes.length === 0) return;
      const note = { collection: notesCollection, key: entry, expected: found?.version ?? 0, value: next };
      const version = this.#history.swap(entry, { by: { kind: "person", ...(person !== undefined && { name: person }) }, changes });
      if (await this.#state.swapAll([note, version])) return;
    }
    throw new MillraceError("MR-CATALOG-003", { what: "others change it all the time", where: entry, mend: "try again", retryable: true });
  }
}

function claimOf({ by, ...notes }: Notes): Claim {
  return { by: { kind: "person", ...(by !== undefined && { name: by }) }, ...notes };
}

function changed(notes: Notes, { description, owner, tags, columns = {} }: NoteChange, by: string | undefined): Notes {
  const held = new Map((notes.columns ?? []).map((column) => [column.name, column]));
  for (const [name, change] of Object.entries(columns)) held.set(name, changedColumn(held.get(name) ?? { name }, change));
  const kept = [...held.values()].filter((column) => Object.keys(column).length > 1);
  return without({ ...notes, ...given({ description, owner, tags }), columns: kept.length > 0 ? kept : undefined, by: by ?? notes.by });
}

function changedColumn(column: ColumnClaim, { personal, ...texts }: NonNullable<NoteChange["columns"]>[string]): ColumnClaim {
  return without({ ...column, ...given(texts), ...(personal !== undefined && { personal: personal === null ? undefined : { kind: personal } }) });
}

/** Null becomes undefined, which is then left out; what was not given changes nothing. */
function given<T extends object>(change: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(change).flatMap(([name, value]) => (value === undefined ? [] : [[name, value ?? undefined]]))) as { [K in keyof T]?: NonNullable<T[K]> };
}

const without = <T extends object>(record: T): T => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;
