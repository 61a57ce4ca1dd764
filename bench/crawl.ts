import { mkdirSync, writeFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { CrawlReport } from "../src/catalog/crawl/crawl-report.ts";
import { seconds } from "./harness/seconds.ts";
import { upProject } from "./harness/bench-project.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { rounded, spread } from "./harness/statistics.ts";

const runsAgain = 5;
const filesPerFolder = 10;
const rowsPerFile = 100;

export const crawl: Benchmark = {
  name: "crawl",
  what: "10,000 files in 1,000 folders, five tables of a hundred partitions each and five hundred folders that are tables of their own: the first crawl until its tables are visible; and a second one, of which the median is told (againS)",
  reach: "<= 60 s; again <= 3 s, reading no data",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const raw = join(folder, "raw");
    const folders = small ? 20 : 1_000;
    writeTree(raw, folders);
    const bareSeconds = await seconds(() => readAll(raw));
    const millrace = await upProject("idle", join(folder, "data"), { stages: false });
    try {
      const look = (): Promise<CrawlReport> => millrace.control.catalog.crawl({ target: raw }, new AbortController().signal);
      let first: CrawlReport | undefined;
      const took = await seconds(async () => void (first = await look()));
      say(`first: ${rounded(took)} s`);
      const again: number[] = [];
      for (let run = 0; run < (small ? 1 : runsAgain); run++) {
        again.push(await seconds(async () => unread(await look())));
        say(`again: ${rounded(again.at(-1) as number)} s`);
      }
      const { files, tables } = first as CrawlReport;
      const rows = tables.reduce((sum, table) => sum + (table.rows ?? 0), 0);
      return {
        ...{ value: took, unit: "s", baseline: "reading all of the files once, in one process of Node, and doing nothing with them", baselineValue: bareSeconds },
        ...{ spread: spread(again), hash: `${files.seen} files, ${tables.length} tables, ${rows} rows, ${files.unreadable} unreadable` },
        extra: { againS: rounded(again.toSorted((a, b) => a - b)[Math.floor(again.length / 2)]), megabytes: rounded(files.bytes / 1e6), filesPerSecond: rounded(files.seen / took) },
      };
    } finally {
      await millrace.close();
    }
  },
};

function unread({ files, tables }: CrawlReport): void {
  const changed = tables.filter(({ action }) => action !== "unchanged");
  if (files.read > 0 || changed.length > 0) throw new Error(`the second crawl read ${files.read} files and changed ${changed.length} tables`);
}

/** Half of the folders are partitions of five tables; each of the others has columns of its own. */
function writeTree(raw: string, folders: number): void {
  const partitions = folders / 2;
  for (let n = 0; n < folders; n++) {
    const kind = kinds[n % kinds.length];
    const isPartition = n < partitions;
    const folder = isPartition ? join(raw, `events_${n % kinds.length}`, `day=${dayOf(Math.floor(n / kinds.length))}`) : join(raw, `source_${n}`);
    mkdirSync(folder, { recursive: true });
    for (let f = 0; f < filesPerFolder; f++) writeFileSync(join(folder, `part-${f}${kind.ending}`), kind.write(recordsOf(n, f, isPartition ? "" : `_${n}`)));
  }
}

const dayOf = (n: number): string => new Date(Date.UTC(2024, 0, 1 + n)).toISOString().slice(0, 10);

type BenchRecord = Record<string, string | number>;

function recordsOf(folder: number, file: number, suffix: string): BenchRecord[] {
  return Array.from({ length: rowsPerFile }, (_, i) => {
    const n = (folder * filesPerFolder + file) * rowsPerFile + i;
    return { [`id${suffix}`]: n, [`name${suffix}`]: `customer ${n % 977}`, [`amount${suffix}`]: (n % 10_007) / 4, [`at${suffix}`]: new Date(1.7e12 + n * 1_000).toISOString(), [`country${suffix}`]: ["CH", "DE", "FR", "IT"][n % 4] };
  });
}

const csv = (records: BenchRecord[]): string => [Object.keys(records[0]), ...records.map((record) => Object.values(record))].map((row) => `${row.join(",")}\n`).join("");
const lines = (records: BenchRecord[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join("");

const kinds: { ending: string; write: (records: BenchRecord[]) => string | Buffer }[] = [
  { ending: ".csv", write: csv },
  { ending: ".ndjson", write: lines },
  { ending: ".csv.gz", write: (records) => gzipSync(csv(records)) },
  { ending: ".json", write: (records) => JSON.stringify(records, undefined, 1) },
  { ending: ".tsv", write: (records) => csv(records).replaceAll(",", "\t") },
];

async function readAll(raw: string): Promise<void> {
  for (const entry of await readdir(raw, { recursive: true, withFileTypes: true })) if (entry.isFile()) await readFile(join(entry.parentPath, entry.name));
}
