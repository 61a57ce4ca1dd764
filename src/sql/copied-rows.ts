import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { sqlName, sqlText } from "../lake/duckdb.ts";
import type { CopyColumn, CopyType } from "./query-request.ts";

/** Longest row, in bytes. */
const rowBytesMax = 16 << 20;

/** Rows that come over the wire as CSV, in a file of the process that runs the statement. */
export class CopiedRows {
  readonly path: string;
  readonly #file: WriteStream;
  readonly #failed: Promise<never>;
  #bytes = 0;

  constructor(path: string) {
    this.path = path;
    this.#file = createWriteStream(path);
    this.#failed = once(this.#file, "error").then(([error]) => Promise.reject(error));
    this.#failed.catch(() => undefined);
  }

  async add(bytes: Uint8Array): Promise<void> {
    this.#bytes += bytes.byteLength;
    if (!this.#file.write(bytes)) await Promise.race([once(this.#file, "drain"), this.#failed]);
  }

  async finish(): Promise<void> {
    this.#file.end();
    await Promise.race([once(this.#file, "close"), this.#failed]);
  }

  /** A statement that gives the rows. The first cell of each is not looked at. */
  select(columns: readonly CopyColumn[]): string {
    if (this.#bytes === 0) return `select ${columns.map(({ name, type }) => `cast(null as ${typeSql(type)}) as ${sqlName(name)}`).join(", ") || "1 as one"} where false`;
    const cells = ["row", ...columns.map((_, i) => `c${i}`)].map((name) => `${sqlText(name)}: 'VARCHAR'`);
    // Values with line breaks in them must not be cut by a reader that begins in the midst.
    const scan = `read_csv(${sqlText(this.path)}, auto_detect = false, header = false, delim = ',', quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false, parallel = false, max_line_size = ${rowBytesMax}, columns = {${cells.join(", ")}})`;
    return `select ${columns.map(({ name, type }, i) => `${valueSql(`c${i}`, type)} as ${sqlName(name)}`).join(", ") || "1 as one"} from ${scan}`;
  }
}

export function typeSql(type: CopyType): string {
  return typeof type === "string" ? type : `${typeSql(type.list)}[]`;
}

/** A value out of its text: of a list, JSON of the texts of its elements. */
function valueSql(text: string, type: CopyType): string {
  if (typeof type !== "string") return elementsSql(`cast(cast(${text} as json) as ${textsSql(type)})`, type, 0);
  if (type === "BLOB") return `unhex(substr(${text}, 3))`;
  return type === "VARCHAR" ? text : `cast(${text} as ${type})`;
}

function textsSql(type: CopyType): string {
  return typeof type === "string" ? "VARCHAR" : `${textsSql(type.list)}[]`;
}

function elementsSql(list: string, type: Exclude<CopyType, string>, depth: number): string {
  if (type.list === "VARCHAR") return list;
  const item = `e${depth}`;
  const inner = typeof type.list === "string" ? valueSql(item, type.list) : elementsSql(item, type.list, depth + 1);
  return `list_transform(${list}, lambda ${item}: ${inner})`;
}
