import { MillraceError } from "../../errors.ts";
import type { PostgresDecl } from "../../model/external-decl.ts";
import type { ColumnCondition, CopySource } from "../../sql/query-request.ts";
import { type MountedColumn, type MountedTable, mountedColumns, mountedTables } from "./catalog.ts";
import { PostgresSession } from "./client.ts";
import { copyOut } from "./copy-out.ts";
import { quotedName, whereText } from "./where-text.ts";

export interface MountParts {
  name: string;
  /** Its connection with secrets filled in. */
  decl: PostgresDecl;
  /** Takes those out of a text. */
  mask(text: string): string;
}

/** What a statement asks of a table: the rest need not be read. */
export interface Asked {
  /** Names, in any case, among which those of the columns are that it uses. Absent: all are used. */
  columns?: readonly string[];
  conditions?: readonly ColumnCondition[];
}

/**
 * A schema of a PostgreSQL database, to be read. Each call has a connection of its own, in a read-only transaction.
 * All throw MillraceError `MR-CONNECT-001` to `-005`.
 */
export class PostgresMount {
  readonly #parts: MountParts;

  constructor(parts: MountParts) {
    this.#parts = parts;
  }

  /** Tables that can be read, by name. */
  tables(): Promise<MountedTable[]> {
    const { decl } = this.#parts;
    return this.#reading("", async (session) => {
      const found = await mountedTables(session, decl.schema);
      return found.filter(({ name }) => decl.tables === undefined || decl.tables.includes(name));
    });
  }

  /** The columns of a table in their order; none where there is no such table. */
  columns(table: string): Promise<MountedColumn[]> {
    return this.#reading(table, (session) => mountedColumns(session, this.#parts.decl.schema, table));
  }

  /**
   * The rows of a table, for a statement. Nothing is read before its rows are asked for; each time that they are, they are read
   * as the database has them then.
   * @throws MillraceError with the rows: `MR-CONNECT-003` for more than are allowed, `-004` when the table is gone
   */
  async source(table: string, asked: Asked = {}): Promise<CopySource> {
    const columns = await this.columns(table);
    const names = asked.columns && new Set(asked.columns.map((name) => name.toLowerCase()));
    const used = columns.filter(({ name }) => names === undefined || names.has(name.toLowerCase()));
    const where = whereText(columns, asked.conditions ?? []);
    const rows = (): AsyncGenerator<Uint8Array> => this.#rows(table, used, where);
    return { kind: "copy", columns: used.map(({ name, type }) => ({ name, type })), narrowed: used.length < columns.length || where !== "", rows: { [Symbol.asyncIterator]: rows } };
  }

  /** A cell leads each row: a row of one null alone would be an empty line. */
  async *#rows(table: string, columns: readonly MountedColumn[], where: string): AsyncGenerator<Uint8Array> {
    const { schema, rowsMax } = this.#parts.decl;
    const cells = ["1", ...columns.map(({ name, expression }) => expression.replace("$", () => quotedName(name)))];
    const select = `select ${cells.join(", ")} from ${quotedName(schema)}.${quotedName(table)}${where} limit ${rowsMax + 1}`;
    const session = await this.#open(table);
    try {
      const rows = yield* copyOut(session, `copy (${select}) to stdout (format csv, force_quote *)`);
      if (rows > rowsMax) throw new MillraceError("MR-CONNECT-003", { what: `the statement reads more than ${rowsMax} rows of the table`, where: this.#where(table), mend: "ask for fewer, with a condition that compares a column with a constant; or allow more: rowsMax" });
    } finally {
      session.close();
    }
  }

  async #reading<T>(table: string, work: (session: PostgresSession) => Promise<T>): Promise<T> {
    const session = await this.#open(table);
    try {
      return await work(session);
    } finally {
      session.close();
    }
  }

  #open(table: string): Promise<PostgresSession> {
    const { decl, mask } = this.#parts;
    return PostgresSession.open({ connection: decl.connection, statementTimeoutMs: decl.statementTimeoutMs, where: this.#where(table), mask });
  }

  #where(table: string): string {
    return table === "" ? `mount "${this.#parts.name}"` : `mount "${this.#parts.name}", table "${table}"`;
  }
}
