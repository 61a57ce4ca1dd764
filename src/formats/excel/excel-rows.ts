import type { ExcelFormat, FormatLimits } from "../file-format.ts";
import type { FileSource } from "../file-source.ts";
import type { RowBatch } from "../read-rows.ts";
import { columnNames } from "../column-names.ts";
import { invalidFormat } from "../damage.ts";
import { parseRange } from "./cell-address.ts";
import { openWorkbook } from "./workbook.ts";

/** The rows of a sheet within the format's range. */
export async function* excelRows(source: FileSource, format: ExcelFormat, limits: FormatLimits): AsyncGenerator<RowBatch> {
  const workbook = await openWorkbook(source, limits);
  try {
    const sheet = workbook.sheets.find(({ name }) => name === format.sheet);
    if (!sheet) throw invalidFormat(source.name, `there is no sheet ${JSON.stringify(format.sheet)}`, `it has ${workbook.sheets.map(({ name }) => JSON.stringify(name)).join(", ")}`);
    const range = parseRange(format.range, source.name);
    let columns: string[] | undefined;
    for await (const rows of workbook.rows(sheet)) {
      const inside = rows.filter(({ number }) => number >= range.top && number <= range.bottom).map(({ number, cells }) => ({ number, cells: Array.from({ length: range.right - range.left + 1 }, (_, i) => cells[range.left + i] ?? null) }));
      const filled = inside.filter(({ cells }) => cells.some((cell) => cell !== null));
      if (filled.length === 0) continue;
      if (!columns) {
        const first = filled[0].cells;
        columns = columnNames(format.header ? first.map((cell) => (cell === null ? null : String(cell))) : first.map(() => null));
        if (format.header) filled.shift();
      }
      yield { columns, rows: filled.map(({ number, cells }) => ({ line: number, raw: JSON.stringify(cells), cells: cells as (string | null)[] })) };
    }
    if (columns) yield { columns, rows: [] };
  } finally {
    workbook.close();
  }
}
