import { canBeInfinite, hasValues, numberSql, type ProfiledColumn } from "./profiled-column.ts";

/*
 * The statements that measure columns. They are made for how DuckDB runs them: a column with few different values is grouped,
 * and everything follows exactly from its values and their counts; of any other each figure comes from the aggregate that is
 * quickest for it. Not used: `FILTER` (11 times slower than `count_if`), `var_pop` (fails beyond 1e150), `reservoir_quantile`
 * (sees the first rows alone), `approx_top_k` (ten times slower than counting what shares a crowded register).
 */

/** Different values up to which a column is kept as its values. */
export const valuesMax = 4_096;
/** Of all columns of a table together: of a wide table each may have fewer. */
const valuesOfTableMax = 1_000_000;
const valuesOfColumnMin = 64;

/** The same for a column of a table of so many. */
export const valuesMaxOf = (columns: number): number => Math.min(valuesMax, Math.max(valuesOfColumnMin, Math.floor(valuesOfTableMax / Math.max(1, columns))));
/** Characters of a value that is kept. A column with longer ones in bytes is not kept as its values. */
const keptCharacters = 200;
/** Registers of the sketch of distinct values: a power of two, and few enough that DuckDB groups by them without hashing. */
export const registerCount = 4_096;
/** Registers whose value is kept too, as a sample of distinct values. */
export const sampleCount = 512;
/** Steps between the quantiles that are kept. */
const quantileSteps = 200;
/** Rows from which quantiles are taken, where there are more: ranks are off by less than 0.37 % for it, in 99 of 100 cases. */
const quantileRows = 200_000;
/** A register is crowded when it holds so large a share of the rows: four times the mean. A value that is as frequent makes its own so. */
const crowdedShare = 0.001;

/** Rows by which columns are judged before they are measured. */
const probeRows = 20_000;

/** A column by its place in the statement, so that names need no care. */
export interface PlacedColumn {
  /** Of the column in what is asked for. */
  place: number;
  column: ProfiledColumn;
}

/** The rows to be measured: one table, or several whose states are to stay apart. */
export interface RowsToMeasure {
  /** As SQL names them. */
  parts: readonly string[];
  /** Of all parts together. */
  rows: number;
  /** Reading a column of one part again costs less than keeping it meanwhile: so it is with Parquet, and not with what must be parsed. */
  columnar: boolean;
  /** Different values up to which a column is kept as its values: see `valuesMaxOf`. */
  valuesMax: number;
  /** How many nulls a column has in a part, where that is known without reading. */
  nulls?(part: number, column: ProfiledColumn): number | undefined;
}

const nameOf = ({ place }: PlacedColumn): string => `c${place}`;

/** Of each column in the first rows: how many different values, the longest in bytes, and the mean. */
export function probeSql(columns: readonly PlacedColumn[], part: string): string {
  const measures = columns.map((placed) => {
    const [value, number] = [nameOf(placed), numberSql(placed.column, nameOf(placed))];
    const length = placed.column.kind === "text" ? `max(strlen(${value}))` : "0";
    return `json_array(${hasValues(placed.column) ? `approx_count_distinct(${value})` : "0"}, ${length}, ${number === undefined ? "null" : finite(`avg(${number})`)})`;
  });
  return `select json_array(${measures.join(", ")})::varchar from (select ${columns.map(selected).join(", ")} from ${part} limit ${probeRows})`;
}

const selected = (placed: PlacedColumn): string => `${placed.column.sql} as ${nameOf(placed)}`;

/** Beyond the greatest double there is no JSON. */
const finite = (number: string): string => `case when isfinite(${number}) then ${number} end`;

/** Rows `part, place, what, JSON`: all different values of each column with their counts, or null where they are too many. */
export function valuesSql(columns: readonly PlacedColumn[], from: RowsToMeasure): string {
  return `${rowsSql(columns, from)}${columns.map((column) => valuesOf(column, from)).join("\nunion all ")}`;
}

function valuesOf(placed: PlacedColumn, from: RowsToMeasure): string {
  const value = nameOf(placed);
  const number = numberSql(placed.column, value) ?? "null";
  const isShort = placed.column.kind === "text" ? ` and coalesce(max(strlen(${value})), 0) <= ${keptCharacters}` : "";
  const groups = `select ${grouped(from, value)}, count(*) as n from ${measured([placed], from)} group by ${grouped(from, value)}`;
  // Of one part, one group too many says that they are too many: texts of the others need not be made.
  const counted = isOne(from) ? `select * from (${groups}) limit ${from.valuesMax + 1}` : groups;
  const list = `list(json_array(cast(${value} as varchar), n, ${number}, ${registerSql(value)}, hash(${value}) >> 12))`;
  return `select ${partOf(from)}, ${placed.place}, 'values', case when count(*) <= ${from.valuesMax}${isShort} then cast(to_json(${list}) as varchar) end
    from (${counted})${byPart(from)}`;
}

/** Rows `part, place, what, JSON`: the figures of all columns, then the sketches of each. */
export function sketchesSql(columns: readonly (PlacedColumn & { shift: number })[], from: RowsToMeasure): string {
  const basics = `select ${partOf(from)}, 0, 'basics', cast(json_array(${columns.map((column) => basicsOf(column, from)).join(",\n")}) as varchar) from (select *, random() as chance from ${measured(columns, from)})${byPart(from)}`;
  return `${rowsSql(columns, from)}${[basics, ...columns.filter(({ column }) => column.kind !== "struct").map((column) => distinctOf(column, from))].join("\nunion all ")}`;
}

/** In the order of `StoredSketch`. */
function basicsOf({ shift, ...placed }: PlacedColumn & { shift: number }, from: RowsToMeasure): string {
  const { column } = placed;
  const value = nameOf(placed);
  if (column.kind === "struct") return `json_array(${placed.place}, count(*), count(${value}))`;
  const number = numberSql(column, value);
  const isText = column.kind === "text";
  const bounds = column.kind === "size" ? "null, null" : `cast(min(${bounded(column, value)}) as varchar), cast(max(${bounded(column, value)}) as varchar)`;
  const texts = isText ? `min(length(${value})), max(length(${value})), sum(length(${value})), count_if(${value} = ''), count_if(${value} like ' %' or ${value} like '% ')` : "null, null, null, 0, 0";
  return `json_array(${placed.place}, count(*), count(${value}), ${infinitesOf(column, value)}, ${isText ? `left(min(${value}), ${keptCharacters}), left(max(${value}), ${keptCharacters})` : bounds}, ${number === undefined ? "null, null, null, null, null, null, null, null" : numbersOf(number, shift, from)}, ${texts})`;
}

const bounded = (column: ProfiledColumn, value: string): string => (canBeInfinite(column) ? `case when isfinite(${value}) then ${value} end` : value);

function infinitesOf(column: ProfiledColumn, value: string): string {
  if (!canBeInfinite(column)) return "0, 0";
  return column.kind === "float" ? `count_if(isnan(${value})), count_if(isinf(${value}))` : `0, count_if(isinf(${value}))`;
}

/** A list that is made: one that is written has a node in the statement's tree for each of its numbers. */
const probabilities = `cast([p / ${quantileSteps}.0 for p in range(${quantileSteps + 1})] as float[])`;

/** Least, greatest, how many, four sums of powers, and quantiles. Written as products: `**` is slow. */
function numbersOf(number: string, shift: number, { rows }: RowsToMeasure): string {
  const y = `(${number} - (${shift}))`;
  const powers = [1, 2, 3, 4].map((power) => finite(`sum(${Array(power).fill(y).join(" * ")})`));
  const sampled = rows <= quantileRows ? number : `case when chance < ${quantileRows / rows} then ${number} end`;
  return `min(${number}), max(${number}), count(${number}), ${powers.join(", ")}, approx_quantile(${sampled}, ${probabilities})`;
}

/** Registers, the values of some as a sample, those that are crowded, and the most rows of any other. */
function distinctOf(placed: PlacedColumn, from: RowsToMeasure): string {
  const { column, place } = placed;
  const value = nameOf(placed);
  const sample = column.kind === "text" ? `, arg_min(${value}, h) as v` : ", null as v";
  const rows = `select f, ${value}, hash(${value}) as h, ${registerSql(value)} as r from ${measured([placed], from)} where ${value} is not null`;
  const registers = `select ${grouped(from, "r")}, min(h >> 12) as m, count(*) as n${sample} from (${rows}) group by ${grouped(from, "r")}`;
  const crowded = crowdedRows(from);
  const lists = `list(r * 64 + 53 - length(bin(m))), list(json_array(r, m, left(v, ${keptCharacters}))) filter (where r < ${sampleCount} and v is not null), list(r) filter (where n >= ${crowded}), coalesce(max(n) filter (where n < ${crowded}), 0)`;
  return `select ${partOf(from)}, ${place}, 'registers', cast(json_array(${lists}) as varchar) from (${registers})${byPart(from)}`;
}

/** Rows from which on a register is crowded. */
export const crowdedRows = ({ rows, parts }: RowsToMeasure): number => Math.max(2, Math.ceil((rows / parts.length) * crowdedShare));

/** Rows `part, place, what, JSON`: the values of crowded registers that are frequent by themselves, with their counts. */
export function frequentSql(columns: readonly (PlacedColumn & { crowded: readonly number[] })[], from: RowsToMeasure): string {
  const each = columns.map(({ crowded, ...placed }) => {
    const value = nameOf(placed);
    const counted = `select ${grouped(from, value)}, count(*) as n from ${measured([placed], from)} where ${value} is not null and ${registerSql(value)} in (${crowded.join(", ")}) group by ${grouped(from, value)} having count(*) >= ${crowdedRows(from)}`;
    return `select ${partOf(from)}, ${placed.place}, 'frequent', cast(to_json(list(json_array(left(cast(${value} as varchar), ${keptCharacters}), n))) as varchar) from (${counted})${byPart(from)}`;
  });
  return `${rowsSql(columns, from)}${each.join("\nunion all ")}`;
}

/** One row of JSON: how many texts are longer, and what one look at each tells. */
export function longTextsSql({ sql }: ProfiledColumn, part: string, bytesMax: number): string {
  const rows = `select length(c0) as length, left(c0, ${keptCharacters}) as c0, left(c0, 1) = ' ' or right(c0, 1) = ' ' as padded, ${registerSql("c0")} as r, hash(c0) >> 12 as m from (select ${sql} as c0 from ${part}) where strlen(c0) > ${bytesMax}`;
  return `select cast(json_array(count(*), min(c0), max(c0), min(length), max(length), sum(length), count_if(padded), list(r * 64 + 53 - length(bin(m)))) as varchar) from (${rows})`;
}

const registerSql = (value: string): string => `cast(hash(${value}) & ${registerCount - 1} as integer)`;

/** What stands before the statement where its rows are read once. */
function rowsSql(columns: readonly PlacedColumn[], from: RowsToMeasure): string {
  return readsAgain(from) ? "" : `with measured as materialized (${from.parts.map((part, i) => `select ${i} as f, ${columns.map(selected).join(", ")} from ${part}`).join("\nunion all ")})\n`;
}

/** Rows with these columns, and `f`, the number of their part. */
function measured(columns: readonly PlacedColumn[], from: RowsToMeasure): string {
  return readsAgain(from) ? `(select 0 as f, ${columns.map(selected).join(", ")} from ${from.parts[0]})` : "measured";
}

/** Where the parts are many they are small, and are read once. */
const readsAgain = ({ parts, columnar }: RowsToMeasure): boolean => parts.length === 1 && columnar;

/** One part is not grouped: that is quicker by a half. */
const isOne = ({ parts }: RowsToMeasure): boolean => parts.length === 1;
const partOf = (from: RowsToMeasure): string => (isOne(from) ? "0" : "f");
const grouped = (from: RowsToMeasure, key: string): string => (isOne(from) ? key : `f, ${key}`);
const byPart = (from: RowsToMeasure): string => (isOne(from) ? "" : " group by f");
