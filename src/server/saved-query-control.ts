/** Statements that people keep under a name, for all who work on the project. */
export interface SavedQueryControl {
  /** By name, then by id. */
  list(): Promise<SavedQuery[]>;
  /** @throws MillraceError `MR-HTTP-005` when there is none */
  get(id: string): Promise<SavedQuery>;
  /** @throws MillraceError `MR-HTTP-008` when there are too many */
  add(query: SavedQueryText): Promise<SavedQuery>;
  /** @param version - of the one that the writer has seen. @throws MillraceError `MR-HTTP-005` when there is none, `MR-STATE-002` when somebody else was first */
  replace(id: string, version: number, query: SavedQueryText): Promise<SavedQuery>;
  /** Removing what is not there is no error. */
  remove(id: string): Promise<void>;
}

export interface SavedQueryText {
  name: string;
  sql: string;
  /** Who keeps it, as the caller says. */
  by?: string;
}

export interface SavedQuery {
  id: string;
  name: string;
  sql: string;
  by: string | null;
  /** ISO 8601. */
  changedAt: string;
  /** Grows by one with each change. */
  version: number;
}
