import type { DatabaseSync, StatementSync } from "node:sqlite";

type Value = string | number | null;

/** How a field of a row is kept: as it is, as JSON text, or as 0 and 1. */
export type FieldKind = "plain" | "json" | "flag";

/** Rows of one kind in a SQLite table with a column of the same name for each field. */
export class RowTable<Row extends object> {
  readonly #fields: [name: keyof Row & string, kind: FieldKind][];
  readonly #put: StatementSync;
  readonly columns: string;

  /**
   * @param key - the fields that tell rows apart
   * @param fields - all fields of a row, in the order in which they are bound
   */
  constructor(database: DatabaseSync, table: string, key: (keyof Row & string)[], fields: Record<keyof Row & string, FieldKind>) {
    this.#fields = Object.entries(fields) as [keyof Row & string, FieldKind][];
    const names = this.#fields.map(([name]) => `"${name}"`);
    this.columns = names.join(", ");
    const rest = this.#fields.filter(([name]) => !key.includes(name)).map(([name]) => `"${name}" = excluded."${name}"`);
    this.#put = database.prepare(`insert into ${table} (${this.columns}) values (${names.map(() => "?").join(", ")}) on conflict (${key.map((name) => `"${name}"`).join(", ")}) do update set ${rest.join(", ")}`);
  }

  /** Writes a row, whole, over what stands there. */
  put(row: Row): void {
    this.#put.run(...this.#fields.map(([name, kind]) => stored(row[name], kind)));
  }

  /** Reads a row that a query has found. */
  row(found: unknown): Row {
    const columns = found as Record<string, Value>;
    return Object.fromEntries(this.#fields.map(([name, kind]) => [name, read(columns[name], kind)])) as Row;
  }
}

function stored(value: unknown, kind: FieldKind): Value {
  if (kind === "plain") return value as Value;
  if (kind === "flag") return value ? 1 : 0;
  return value === null ? null : JSON.stringify(value);
}

function read(value: Value, kind: FieldKind): unknown {
  if (kind === "plain") return value;
  if (kind === "flag") return value === 1;
  return value === null ? null : JSON.parse(value as string);
}
