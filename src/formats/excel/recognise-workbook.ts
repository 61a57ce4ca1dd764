import { noData } from "../damage.ts";
import type { FormatLimits } from "../file-format.ts";
import type { FileSource } from "../file-source.ts";
import { hasHeader } from "../csv/header.ts";
import type { RecognisedFormat } from "../recognise-format.ts";
import { columnLetters } from "./cell-address.ts";
import { openWorkbook, type Sheet, type SheetRow, type Workbook } from "./workbook.ts";

const rowsLooked = 1000;

/** The first sheet with a table in it; the table begins below titles, and may begin right of the first column. */
export async function recogniseWorkbook(source: FileSource, limits: FormatLimits): Promise<RecognisedFormat> {
  const workbook = await openWorkbook(source, limits);
  try {
    for (const sheet of workbook.sheets) {
      const found = tableIn(await firstRows(workbook, sheet));
      if (!found) continue;
      const { header, range } = found;
      const others = workbook.sheets.filter(({ name }) => name !== sheet.name).map(({ name }) => JSON.stringify(name));
      const warnings = others.length > 0 ? [`other sheets are not read: ${others.join(", ")}`] : [];
      return { format: { kind: "excel", sheet: sheet.name, range, header, compression: "none" }, certainty: 1, evidence: ["an archive that holds a workbook", `sheet ${JSON.stringify(sheet.name)}, cells ${range}`, header ? "the first row is a header" : "no header"], warnings };
    }
  } finally {
    workbook.close();
  }
  throw noData(source.name, "none of its sheets has cells with values");
}

async function firstRows(workbook: Workbook, sheet: Sheet): Promise<SheetRow[]> {
  const rows: SheetRow[] = [];
  for await (const batch of workbook.rows(sheet)) {
    rows.push(...batch);
    if (rows.length >= rowsLooked) break;
  }
  return rows.filter(({ cells }) => cells.some(isFilled));
}

function tableIn(rows: SheetRow[]): { range: string; header: boolean } | undefined {
  if (rows.length === 0) return undefined;
  const widths = rows.map(({ cells }) => cells.filter(isFilled).length).sort((a, b) => a - b);
  const usual = widths[Math.floor(widths.length / 2)];
  // A title has fewer cells than the rows of the table.
  const first = Math.max(0, rows.findIndex(({ cells }) => cells.filter(isFilled).length >= Math.max(1, usual * 0.6)));
  const table = rows.slice(first);
  const left = Math.min(...table.map(({ cells }) => cells.findIndex(isFilled)));
  const right = table.reduce((most, { cells }) => Math.max(most, cells.findLastIndex(isFilled)), 0);
  const texts = table.map(({ cells }) => Array.from({ length: right - left + 1 }, (_, i) => (isFilled(cells[left + i]) ? String(cells[left + i]) : null)));
  return { range: `${columnLetters(left)}${table[0].number}:${columnLetters(right)}`, header: hasHeader(texts[0], texts.slice(1)) };
}

function isFilled(cell: unknown): boolean {
  return cell !== null && cell !== undefined;
}
