import { request } from "../../api/client.ts";

export type DownloadFormat = "csv" | "spreadsheet" | "parquet";

const pageRows = 100_000;

/** Fetches all of a result, and hands it to the browser as a file. @param onRows - how many rows have come */
export async function downloadResult(query: string, format: DownloadFormat, onRows: (rows: number) => void): Promise<void> {
  const address = `/api/v1/queries/${encodeURIComponent(query)}/results?format=${format}`;
  const parts = format === "parquet" ? [await (await request(address)).blob()] : await csvParts(address, onRows);
  const url = URL.createObjectURL(new Blob(parts));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${query}.${format === "parquet" ? "parquet" : "csv"}`;
  link.click();
  // The browser reads it from now on by itself.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

async function csvParts(address: string, onRows: (rows: number) => void): Promise<Blob[]> {
  const parts: Blob[] = [];
  for (let page: string | null = "0"; page !== null; ) {
    const answer: Response = await request(`${address}&limit=${pageRows}&page=${page}`);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    parts.push(new Blob([parts.length === 0 ? bytes : bytes.subarray(headEnd(bytes))]));
    page = answer.headers.get("millrace-next-page");
    if (page !== null) onRows(Number(page));
  }
  return parts;
}

/** Behind the line with the names of the columns, in which a name may have line ends between its quotes. */
function headEnd(csv: Uint8Array): number {
  let isQuoted = false;
  for (let i = 0; i < csv.length; i++) {
    if (csv[i] === 0x22) isQuoted = !isQuoted;
    else if (csv[i] === 0x0a && !isQuoted) return i + 1;
  }
  return csv.length;
}
