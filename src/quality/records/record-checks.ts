import type { Batch } from "../../batch/batch.ts";
import { type RowReader, rowReader } from "../../batch/rows.ts";
import type { Column } from "../../model/manifest.ts";
import type { RecordTest } from "../../model/quality/check-definition.ts";
import type { StreamCheck } from "../../model/quality/stream-checks.ts";
import { expectedOf } from "../checks/check-result.ts";
import { answerOf } from "./answer-of.ts";
import { type ColumnScan, columnScan } from "./column-scan.ts";

/** A record that breaks a check. */
export interface BrokenRecord {
  index: number;
  check: StreamCheck;
  /** For people: what is wrong. */
  why: string;
}

export interface BatchVerdict {
  /** Each record once, by the first check with severity `error` that it breaks; in their order. */
  broken: BrokenRecord[];
  /** Records that break checks which only warn, by name of the check. */
  warned: Map<string, number>;
}

interface Compiled {
  check: StreamCheck;
  /** Absent for a function, and where the column cannot hold what is wrong. */
  scan?: ColumnScan;
  holds?: RecordTest;
}

/** Judges records by the batch. */
export class RecordChecks {
  readonly #checks: Compiled[];
  readonly #optional: ReadonlySet<string>;

  /** @param functions - of the checks of kind `record`, by name */
  constructor(checks: readonly StreamCheck[], columns: readonly Column[], functions: ReadonlyMap<string, RecordTest> = new Map()) {
    const types = new Map(columns.map(({ name, type }) => [name, type]));
    this.#checks = checks.map((check) => (check.kind === "record" ? { check, holds: functions.get(check.name) } : { check, scan: columnScan(check, types.get(check.columns[0]) ?? "json") }));
    this.#optional = new Set(columns.filter(({ optional }) => optional).map(({ name }) => name));
  }

  judge(batch: Batch): BatchVerdict {
    const first = new Map<number, BrokenRecord>();
    const warned = new Map<string, number>();
    this.#scan(batch, (index, check, why) => {
      if (check.severity === "warn") warned.set(check.name, (warned.get(check.name) ?? 0) + 1);
      else if (!first.has(index)) first.set(index, { index, check, why: why() });
    });
    return { broken: [...first.values()].sort(byIndex), warned };
  }

  /** Every check that a record breaks, of whatever severity: by record, then in the order of the checks. */
  verdicts(batch: Batch): BrokenRecord[] {
    const all: BrokenRecord[] = [];
    this.#scan(batch, (index, check, why) => void all.push({ index, check, why: why() }));
    return all.sort(byIndex);
  }

  #scan(batch: Batch, note: (index: number, check: StreamCheck, why: () => string) => void): void {
    const vectors = new Map(batch.columns.map(({ name, vector }) => [name, vector]));
    let reader: RowReader | undefined;
    const read: ReadRecord = (index) => (reader ??= rowReader(batch, this.#optional))(index);
    for (const { check, scan, holds } of this.#checks) {
      const vector = vectors.get(check.columns[0]);
      if (scan && vector) scan(vector, batch.count, (index) => note(index, check, () => reasonOf(check, read, index)));
      if (holds) testEach(holds, read, batch.count, (index, why) => note(index, check, () => why));
    }
  }
}

type ReadRecord = (index: number) => Record<string, unknown>;

const byIndex = (a: BrokenRecord, b: BrokenRecord): number => a.index - b.index;

function testEach(holds: RecordTest, read: ReadRecord, count: number, note: (index: number, why: string) => void): void {
  for (let index = 0; index < count; index++) {
    const why = answerOf(holds, read(index));
    if (why !== undefined) note(index, why);
  }
}

const shownMax = 100;

function reasonOf(check: StreamCheck, read: ReadRecord, index: number): string {
  const [column] = check.columns;
  const shown = JSON.stringify(read(index)[column] ?? null);
  return `${column} is ${shown.length > shownMax ? `${shown.slice(0, shownMax)}…` : shown}, where ${expectedOf(check)} is asked`;
}
