import { MillraceError } from "../../errors.ts";
import { duckdbType } from "../../lake/duckdb-type.ts";
import { allFields, type SchemaField } from "../../lake/iceberg-type.ts";
import { knownPartitionColumns, partitionText } from "../../lake/partition-spec.ts";
import type { DataFile, Table } from "../../lake/table.ts";
import type { Json } from "../../model/manifest.ts";
import type { QueryValue, TableSource } from "../../sql/query-request.ts";
import { tableSource } from "../../sql/table-source.ts";
import { type ColumnState, withheld } from "./column-state.ts";
import { type Measured, measureColumns, stateOf } from "./collect-states.ts";
import { type Expected, expectedOf } from "./expected-column.ts";
import { hasNone, isWrongly, type PersonalMarks, personalKind, withoutValues } from "./personal-values.ts";
import { type ColumnKind, type ProfiledColumn, profiledColumns } from "./profiled-column.ts";
import { valuesMaxOf } from "./state-sql.ts";
import { StateSum } from "./state-sum.ts";

/*
 * The states of a version of a table. They are kept by data file, beside the table: of a version that shares files with one that was
 * measured, only the others are read, and any choice of files is answered without reading once they were measured.
 */

export interface TableStates {
  snapshotId: bigint | undefined;
  rows: number;
  columns: ProfiledColumn[];
  columnsLeftOut: number;
  /** One for each column. */
  states: ColumnState[];
  files: { all: number; read: number };
}

export interface StatesRequest {
  table: Table;
  /** Default: the current one. */
  snapshotId?: bigint;
  /** Partitions, `field=value` each as the folders of the lake have it: files in any of them. Absent: all files. */
  partitions?: readonly string[];
  /** Of these the files that are looked at. Absent: all. */
  only?(file: DataFile): boolean;
  /** States of files with so many rows are kept. Absent: of all. */
  keptFromRows?: number;
  columnsMax: number;
  /** What is said of columns; of others their texts tell. */
  personal: PersonalMarks;
  /** Runs a statement of ours over tables called `part0` and so on: see `measureColumns`. */
  run(sql: string, parts: readonly TableSource[]): Promise<QueryValue[][]>;
}

/** What is kept of a file; the number is of the form. */
interface KeptStates {
  form: 1;
  /** By field id and type. */
  columns: Record<string, Measured>;
}

/** Small files are measured together, so far. */
const rowsTogetherMax = 1_000_000;
const filesTogetherMax = 24;

/** @throws MillraceError as `Table.files` does; `MR-LAKE-006` when there is no such partition */
export async function tableStates({ table, snapshotId, partitions, only, keptFromRows = 0, columnsMax, personal, run }: StatesRequest): Promise<TableStates> {
  const schema = await table.schema(snapshotId);
  const { columns, leftOut } = profiledColumns(schema.fields.map(({ name, type }) => ({ name, type: duckdbType(type) })), columnsMax);
  const keys = columns.map(keysOf(schema.fields));
  const files = (await chosenFiles(table, snapshotId, partitions)).filter((file) => only === undefined || only(file));
  const source = await tableSource(table, snapshotId === undefined ? undefined : { version: String(snapshotId) });
  const sum = new StateSum(columns);
  const { known, expected, hasValues } = await addKnown(table, files, { columns, keys, personal }, sum);
  const missing = files.filter(({ location }) => !known.has(location));
  const sourceFiles = new Map(source.files.map((file) => [file.location, file]));
  let next = expected;
  for (const group of together(missing)) {
    const parts = group.map(({ location }) => ({ ...source, files: [sourceFiles.get(location) as TableSource["files"][number]] }));
    const rows = group.reduce((total, { records }) => total + records, 0);
    const found = await measureColumns((sql, used) => run(sql, narrowed(parts, used)), columns, { parts: parts.map((_, i) => `part${i}`), rows, columnar: columns.length <= wideMin, valuesMax: valuesMaxOf(columns.length), nulls: (part, column) => nullsOf(group[part], column) }, next);
    next = found.at(-1)?.map(expectedOf);
    const measured = found.map((part) => part.map((each, i) => {
      const kind = personalKind(personal, columns[i], () => stateOf(columns[i].kind, each));
      if (kind === undefined) hasValues.add(i);
      return kind === undefined ? each : withoutValues(columns[i].kind, each, kind);
    }));
    // At once: each is a file of its own, and waits for the disk.
    await Promise.all(group.map(async (file, i) => file.records >= keptFromRows && keep(table, file, keys, measured[i])));
    for (const each of measured) await sum.add(each);
  }
  const all = await sum.states();
  const kinds = columns.map((column, i) => personalKind(personal, column, () => all[i]));
  if (kinds.some((kind, i) => kind !== undefined && hasValues.has(i))) await withhold(table, files, columns.map(({ kind }, i) => ({ key: keys[i], kind, personal: kinds[i] })));
  const states = all.map((state, i) => (kinds[i] === undefined ? state : withheld(state, kinds[i])));
  return { snapshotId: source.snapshotId, rows: states[0]?.rows ?? 0, columns, columnsLeftOut: leftOut, states, files: { all: files.length, read: missing.length } };
}

/** As manifests say; of a file of which rows are deleted they say too many. */
const nullsOf = ({ deletes, bounds }: DataFile, { path }: ProfiledColumn): number | undefined => (deletes.length > 0 || path.length > 1 ? undefined : bounds[path[0]]?.nulls);

/** Of more columns a file's footer is so long that to open it again costs more than to keep what is read. */
const wideMin = 200;

interface WantedColumns {
  columns: readonly ProfiledColumn[];
  /** By place of the column. */
  keys: readonly string[];
  personal: PersonalMarks;
}

interface Known {
  /** Files. */
  known: ReadonlySet<string>;
  /** What it makes expect of new ones: the file that was written last is most like them. */
  expected?: Expected[];
  /** Columns of which a file's states hold values. */
  hasValues: Set<number>;
}

/** Adds what was measured before. */
async function addKnown(table: Table, files: readonly DataFile[], { columns, keys, personal }: WantedColumns, sum: StateSum): Promise<Known> {
  const sequenceNumbers = new Map(files.map(({ location, sequenceNumber }) => [location, sequenceNumber]));
  const [known, hasValues] = [new Set<string>(), new Set<number>()];
  let expected: Expected[] | undefined;
  let newest = -1;
  for await (const [location, measured] of knownStates(table, files, keys)) {
    if (measured.some((each, i) => isWrongly(personal, columns[i], each))) continue;
    await sum.add(measured);
    known.add(location);
    for (const [i, each] of measured.entries()) if (!hasNone(each)) hasValues.add(i);
    const sequenceNumber = sequenceNumbers.get(location) ?? 0;
    if (sequenceNumber > newest) [newest, expected] = [sequenceNumber, measured.map(expectedOf)];
  }
  return { known, ...(expected && { expected }), hasValues };
}

/**
 * Takes the values of personal columns out of what was kept before anybody knew that they are. Removed first: who dies between
 * leaves files to be measured again.
 */
async function withhold(table: Table, files: readonly DataFile[], columns: readonly { key: string; kind: ColumnKind; personal: string | undefined }[]): Promise<void> {
  for await (const [location, kept] of table.readFileStates(files)) {
    const measured = columnsIn(kept);
    if (!columns.some(({ key, personal }) => personal !== undefined && Object.hasOwn(measured, key) && !hasNone(measured[key]))) continue;
    for (const { key, kind, personal } of columns) if (personal !== undefined && Object.hasOwn(measured, key)) measured[key] = withoutValues(kind, measured[key], personal);
    await table.removeFileStates([{ location }]);
    await keepColumns(table, { location }, measured);
  }
}

/** Each column of a table costs some time in each place where a statement names the table. */
function narrowed(parts: readonly TableSource[], used: readonly ProfiledColumn[] | undefined): readonly TableSource[] {
  const names = used && new Set(used.map(({ path }) => path[0]));
  return names === undefined ? parts : parts.map((part) => ({ ...part, columns: part.columns.filter(({ name }) => names.has(name)) }));
}

/** Files in any of the partitions; all where none is named. */
async function chosenFiles(table: Table, snapshotId: bigint | undefined, partitions: readonly string[] | undefined): Promise<DataFile[]> {
  const files = await table.files(snapshotId);
  if (partitions === undefined) return files;
  const metadata = await table.metadata();
  const specs = new Map(metadata["partition-specs"].map((spec) => [spec["spec-id"], knownPartitionColumns(spec, metadata.schemas).filter((column) => column !== undefined)]));
  const texts = new Map(files.map((file) => [file, (specs.get(file.specId) ?? []).map((column) => `${column.field.name}=${partitionText(column, file.partition[column.field.name])}`)]));
  const there = new Set([...texts.values()].flat());
  const unknown = partitions.find((partition) => !there.has(partition));
  if (unknown === undefined) return files.filter((file) => texts.get(file)?.some((text) => partitions.includes(text)));
  throw new MillraceError("MR-LAKE-006", {
    what: `the version has no partition "${unknown}"`,
    where: `table "${table.name}"`,
    mend: there.size === 0 ? "the table is not partitioned: leave the partition out" : `name one that it has, such as "${[...there].sort().slice(0, 3).join('", "')}"`,
  });
}

/** A column by the field ids down to it: names may change, ids do not. */
function keysOf(fields: readonly SchemaField[]): (column: ProfiledColumn) => string {
  const ids = new Map(Array.from(allFields(fields), ({ field, path }) => [path.join("\0"), field.id]));
  return ({ path, type }) => `${ids.get(path.join("\0"))} ${type}`;
}

/** Of files all of whose columns were measured before. Rows that are deleted in a file of their own change under it: such a file is read each time. */
async function* knownStates(table: Table, files: readonly DataFile[], keys: readonly string[]): AsyncGenerator<[location: string, measured: Measured[]]> {
  const whole = files.filter(({ deletes }) => deletes.length === 0);
  for await (const [location, kept] of table.readFileStates(whole)) {
    const columns = columnsIn(kept);
    if (keys.every((key) => Object.hasOwn(columns, key))) yield [location, keys.map((key) => columns[key])];
  }
}

/** What is there of one file, of all times that it was measured. */
const columnsIn = (kept: readonly Json[]): KeptStates["columns"] => Object.assign({}, ...(kept as unknown as KeptStates[]).filter(({ form }) => form === 1).map(({ columns }) => columns));

async function keep(table: Table, file: DataFile, keys: readonly string[], measured: readonly Measured[]): Promise<void> {
  if (file.deletes.length === 0) await keepColumns(table, file, Object.fromEntries(keys.map((key, i) => [key, measured[i]])));
}

/** In one file of states: as JSON, those of all columns of a wide table would be longer than a text can be. */
const columnsOfStates = 1_000;

async function keepColumns(table: Table, file: Pick<DataFile, "location">, columns: KeptStates["columns"]): Promise<void> {
  const all = Object.entries(columns);
  for (let from = 0; from < all.length; from += columnsOfStates) {
    await table.keepFileStates(file, { form: 1, columns: Object.fromEntries(all.slice(from, from + columnsOfStates)) } satisfies KeptStates as unknown as Json);
  }
}

function together(files: readonly DataFile[]): DataFile[][] {
  const groups: DataFile[][] = [];
  let rows = Number.POSITIVE_INFINITY;
  for (const file of files) {
    const last = groups.at(-1);
    if (last === undefined || rows + file.records > rowsTogetherMax || last.length === filesTogetherMax) {
      groups.push([file]);
      rows = file.records;
    } else {
      last.push(file);
      rows += file.records;
    }
  }
  return groups;
}
