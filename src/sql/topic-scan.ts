import type { DuckDBConnection, DuckDBTableFunctionInitInfo, DuckDBType } from "@duckdb/node-api";
import type * as Api from "@duckdb/node-api";
import type { Batch, Vector } from "../batch/batch.ts";
import { offsetAt } from "../batch/select.ts";
import { MillraceError } from "../errors.ts";
import { storedTypes } from "../lake/column-types.ts";
import { duckdbType } from "../lake/duckdb-type.ts";
import { dayVector } from "../lake/day-vector.ts";
import { type Bindings, VectorFiller, vectorRows } from "../lake/fill-vector.ts";
import type { IcebergType } from "../lake/iceberg-type.ts";
import type { PlaceReader } from "../log/read-places.ts";
import type { Column } from "../model/manifest.ts";
import { errorMark } from "./engine-error.ts";
import type { PlacedBatch } from "./query-request.ts";

/*
 * A topic in SQL is a table function that reads one batch at a time as the engine asks for rows, decoding only the columns
 * that the statement uses: memory does not grow with the topic, and a topic can be read twice in one statement. The
 * function has a name that the gate lets no statement use; statements see a view.
 */

export interface TopicScan {
  /** Of the table function. */
  name: string;
  columns: Column[];
  batches: PlacedBatch[];
  reader: PlaceReader;
}

interface ScanColumn {
  name: string;
  type: IcebergType;
  /** The rows of a whole batch; undefined where all are null. */
  vector(batch: Batch, placed: PlacedBatch): Vector | undefined;
}

interface ScanState {
  /** Indexes of the columns that are wanted. */
  wanted: number[];
  /** The next batch. */
  next: number;
  vectors: (Vector | undefined)[];
  row: number;
  end: number;
}

/** Columns that every topic has beside its own; one that a record's field is called like is left out. */
const recordColumns: ScanColumn[] = [
  { name: "_partition", type: "int", vector: ({ count }, { partition }) => ({ kind: "i32", values: new Int32Array(count).fill(partition) }) },
  { name: "_offset", type: "long", vector: (batch, { offset }) => ({ kind: "f64", values: Float64Array.from({ length: batch.count }, (_, i) => offsetAt({ offset, batch }, i)) }) },
  { name: "_key", type: "string", vector: ({ keys }) => keys },
  { name: "_event_time", type: "timestamptz", vector: ({ eventTime }) => ({ kind: "f64", values: eventTime }) },
  { name: "_headers", type: "string", vector: ({ headers }) => headers },
  { name: "_tombstone", type: "boolean", vector: ({ count, tombstones }) => ({ kind: "bool", values: tombstones ?? new Uint8Array(count) }) },
];

/** Makes the topic readable on the connection as a table function without parameters. */
export function registerTopicScan(api: typeof Api, bindings: Bindings, connection: DuckDBConnection, scan: TopicScan): void {
  const columns = scanColumns(scan.columns);
  const filler = new VectorFiller(bindings);
  connection.registerTableFunction(
    api.DuckDBTableFunction.create({
      name: scan.name,
      supportsProjectionPushdown: true,
      bindFunction: (info) => {
        for (const { name, type } of columns) info.addResultColumn(name, engineType(api, type));
        info.setBindData({});
      },
      initFunction: (info) => {
        info.setMaxThreads(1);
        info.setInitData(newState(info, columns.length));
      },
      mainFunction: (info, output) => {
        const state = info.initData as ScanState;
        try {
          while (state.row === state.end && state.next < scan.batches.length) openBatch(scan, columns, state);
          const rows = Math.min(vectorRows, state.end - state.row);
          output.rowCount = rows;
          if (rows === 0) return;
          for (const [i, column] of state.wanted.entries()) filler.fill(bindings.data_chunk_get_vector(output.chunk, i), columns[column].type, state.vectors[i], state.row, rows);
          state.row += rows;
        } catch (error) {
          output.rowCount = 0;
          info.setError(readFailure(error));
        }
      },
    }),
  );
}

function newState(info: DuckDBTableFunctionInitInfo, columnCount: number): ScanState {
  // The engine asks for a column by an index beyond the last when it only counts rows.
  return { wanted: info.getColumnIndexes().map((index) => (index < columnCount ? index : 0)), next: 0, vectors: [], row: 0, end: 0 };
}

function openBatch({ batches, reader }: TopicScan, columns: ScanColumn[], state: ScanState): void {
  const placed = batches[state.next++];
  const [batch] = reader.batches([placed.place]);
  if (!batch) return;
  state.vectors = state.wanted.map((column) => columns[column].vector(batch, placed));
  state.row = Math.min(placed.skip ?? 0, batch.count);
  state.end = Math.min(batch.count, state.row + (placed.take ?? batch.count));
}

function scanColumns(declared: Column[]): ScanColumn[] {
  const taken = new Set<string>();
  const columns: ScanColumn[] = [];
  for (const column of declared) columns.push({ name: freeName(column.name, taken), type: storedTypes[column.type], vector: (batch) => ownVector(batch, column) });
  for (const column of recordColumns) if (!taken.has(column.name)) columns.push(column);
  return columns;
}

/** SQL does not see case: of `a` and `A` the second becomes `A_1`. */
function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let n = 1; taken.has(free.toLowerCase()); n++) free = `${name}_${n}`;
  taken.add(free.toLowerCase());
  return free;
}

function ownVector(batch: Batch, column: Column): Vector | undefined {
  const found = batch.columns.find(({ name }) => name === column.name);
  if (!found) return undefined;
  const text = (type: Column["type"]): boolean => type === "string" || type === "json";
  const number = (type: Column["type"]): boolean => type === "integer" || type === "number";
  const same = found.type === column.type || (text(found.type) && text(column.type)) || (number(found.type) && number(column.type));
  if (!same) {
    throw new MillraceError("MR-SQL-005", {
      what: `column "${column.name}" is declared as ${column.type}, but older records hold ${found.type}`,
      where: "a topic that the statement reads",
      mend: "leave the column out, or read only records written since the change: where _offset >= …",
    });
  }
  const vector = batch.tombstones ? withoutTombstones(found.vector, batch.tombstones, batch.count) : found.vector;
  return column.type === "date" ? dayVector(vector, batch.count, `column "${column.name}"`) : vector;
}

function withoutTombstones(vector: Vector, tombstones: Uint8Array, count: number): Vector {
  const valid = new Uint8Array(count);
  for (let i = 0; i < count; i++) valid[i] = tombstones[i] || vector.valid?.[i] === 0 ? 0 : 1;
  return { ...vector, valid };
}

function engineType(api: typeof Api, type: IcebergType): DuckDBType {
  const types: Partial<Record<string, DuckDBType>> = { VARCHAR: api.VARCHAR, BOOLEAN: api.BOOLEAN, INTEGER: api.INTEGER, BIGINT: api.BIGINT, DOUBLE: api.DOUBLE, DATE: api.DATE, TIMESTAMPTZ: api.TIMESTAMPTZ };
  return types[duckdbType(type)] as DuckDBType;
}

/** Errors pass through the engine as text; ours keep their form in it. */
function readFailure(error: unknown): string {
  if ((error as NodeJS.ErrnoException)?.code === "ENOENT") {
    return errorMark + JSON.stringify(new MillraceError("MR-SQL-005", { what: "a topic was compacted, or records expired, while it was read", where: "a topic that the statement reads", mend: "run the statement again", retryable: true }));
  }
  if (error instanceof MillraceError) return errorMark + JSON.stringify(error);
  return error instanceof Error ? error.message : String(error);
}
