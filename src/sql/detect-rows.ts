import type { DuckDBResult } from "@duckdb/node-api";
import { MillraceError } from "../errors.ts";
import { type Detected, detect, type DetectSpec } from "../quality/detect/detect.ts";

/** Rows that a detector is given, at most: it holds all of them. */
const detectRowsMax = 2_000_000;
const cellsMax = 20_000_000;

/**
 * Looks for outliers in a statement's rows, in the process that runs it: its first columns are the numbers, the others texts.
 * @throws MillraceError `MR-QUALITY-005` when there are too many rows
 */
export async function detectRows(result: DuckDBResult, spec: DetectSpec): Promise<Detected> {
  const values = new Numbers();
  const texts: (string | null)[][] = [];
  const width = spec.columns.length;
  for (let rows = 0; ; ) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) break;
    rows += chunk.rowCount;
    if (rows > detectRowsMax || rows * width > cellsMax) throw tooMany(rows, width);
    const columns = Array.from({ length: chunk.columnCount }, (_, c) => chunk.getColumnValues(c));
    for (let row = 0; row < chunk.rowCount; row++) {
      for (let c = 0; c < width; c++) values.push((columns[c][row] as number | null) ?? Number.NaN);
      texts.push(columns.slice(width).map((column) => column[row] as string | null));
    }
  }
  return detect(spec, { values: values.taken(), texts });
}

function tooMany(rows: number, columns: number): MillraceError {
  return new MillraceError("MR-QUALITY-005", { what: `there are at least ${rows} rows of ${columns} columns, and a detector holds ${Math.min(detectRowsMax, Math.floor(cellsMax / columns))}`, where: "the rows", mend: "look at a part of them, or use the check outliers(…), which is computed by the engine" });
}

/** Numbers whose count is not known before. */
class Numbers {
  #values = new Float64Array(4_096);
  #length = 0;

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(this.#length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  taken(): Float64Array {
    return this.#values.slice(0, this.#length);
  }
}
