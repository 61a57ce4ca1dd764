import { asMillraceError, type ErrorJson } from "../../errors.ts";
import type { Json } from "../../model/manifest.ts";
import { type Matrix, matrixOf } from "../../statistics/matrix.ts";
import { type AnyOutliers, columnOf, type DetectOptions, methodNamed } from "./methods.ts";

/** What is looked for. */
export interface DetectSpec {
  /** A name of `detectMethods`. */
  method: string;
  options: DetectOptions;
  /** Names of the numeric columns. */
  columns: readonly string[];
  /** Names of the columns whose values make a group; each is judged by itself. */
  by: readonly string[];
  /** Names of the columns that tell people which row it is. */
  label: readonly string[];
}

/** Rows, ordered by group and, for series, by time. */
export interface DetectInput {
  /** Row after row, the columns of `DetectSpec.columns`; NaN where there is no value. */
  values: Float64Array;
  /** Of each row the values of `by`, then of `label`. */
  texts: readonly (readonly (string | null)[])[];
}

/** An outlier: the row, and what it was judged by. */
export interface FoundOutlier {
  /** Place in the group, from 0, in the order in which its rows were looked at. */
  row: number;
  /** JSON knows no infinity. */
  score: number | "Infinity" | "-Infinity";
  values: Record<string, number | string | null>;
  label: Record<string, string | null>;
  /** Figures of the method for this row alone: centre and scale of a window, the season. */
  judgedBy: Record<string, number | null>;
  /** Labels of the rows next to it, nearest first; of methods by neighbours, for the furthest outliers. */
  neighbours?: Record<string, string | null>[];
}

/** What was found in one group; of methods that look at one column, in one of them. */
export interface Detection {
  group: Record<string, string | null>;
  /** Absent where all columns were looked at together. */
  column?: string;
  rows: number;
  /** Rows with a value in every column. */
  judged: number;
  outliers: number;
  threshold: number;
  /** Which scores are beyond the threshold. */
  side: "both" | "above";
  exact: boolean;
  /** Parameters and figures of the method. */
  by: Record<string, Json>;
  /** The furthest of the outliers. */
  found: FoundOutlier[];
}

/** A group that the method could not judge. */
export interface NotJudged {
  group: Record<string, string | null>;
  column?: string;
  rows: number;
  why: ErrorJson;
}

export interface Detected {
  method: string;
  rows: number;
  outliers: number;
  detections: Detection[];
  notJudged: NotJudged[];
}

/** Of one group. */
const foundMax = 1_000;
const neighboursMax = 10;
/** Lists of figures longer than this are left out of what a method says of itself. */
const listMax = 64;

/** Looks for outliers, group by group. A group that cannot be judged is told, and the others go on. */
export function detect(spec: DetectSpec, input: DetectInput): Detected {
  const method = methodNamed(spec.method, spec.options);
  const all = matrixOf(input.values, spec.columns.length);
  const result: Detected = { method: spec.method, rows: all.rows, outliers: 0, detections: [], notJudged: [] };
  for (const [from, to] of groupsOf(spec, input)) {
    const matrix = matrixOf(all.values.subarray(from * all.columns, to * all.columns), all.columns);
    const group = named(spec.by, input.texts[from] ?? []);
    const parts = method.over === "rows" ? [{ matrix }] : spec.columns.map((column, i) => ({ column, matrix: columnOf(matrix, i) }));
    for (const { column, matrix: part } of parts as { column?: string; matrix: Matrix }[]) {
      const place = { group, ...(column !== undefined && { column }), rows: part.rows };
      try {
        const outliers = method.run(part, spec.options);
        result.detections.push({ ...place, ...described(outliers, { spec, input, matrix, from }) });
        result.outliers += outliers.outliers.length;
      } catch (error) {
        result.notJudged.push({ ...place, why: asMillraceError(error, `method ${spec.method}`).toJSON() });
      }
    }
  }
  return result;
}

/** From and to, exclusive. Rows of a group stand together. */
function* groupsOf({ by, columns }: DetectSpec, { texts, values }: DetectInput): Iterable<[from: number, to: number]> {
  const rows = values.length / columns.length;
  const key = (row: number): string => JSON.stringify(texts[row].slice(0, by.length));
  for (let from = 0; from < rows; ) {
    let to = by.length === 0 ? rows : from + 1;
    for (const first = by.length === 0 ? "" : key(from); to < rows && key(to) === first; ) to++;
    yield [from, to];
    from = to;
  }
}

/** What of the input a detection is about. */
interface Place {
  spec: DetectSpec;
  input: DetectInput;
  /** All columns of the group. */
  matrix: Matrix;
  from: number;
}

function described({ scores, threshold, side, outliers, judged, exact, by }: AnyOutliers, { spec, input, matrix, from }: Place): Omit<Detection, "group" | "column" | "rows"> {
  const { figures, ofRows, neighbours } = figuresOf(by, matrix.rows);
  const label = (row: number): Record<string, string | null> => named(spec.label, (input.texts[from + row] ?? []).slice(spec.by.length));
  const furthest = Array.from(outliers).sort((a, b) => Math.abs(scores[b]) - Math.abs(scores[a]) || a - b).slice(0, foundMax);
  const found = furthest.map((row): FoundOutlier => {
    const near = neighbours.get(row);
    return {
      row,
      score: finiteOr(scores[row]) as FoundOutlier["score"],
      values: Object.fromEntries(spec.columns.map((name, i) => [name, finiteOr(matrix.values[row * matrix.columns + i])])),
      label: label(row),
      judgedBy: Object.fromEntries([...ofRows].map(([name, values]) => [name, Number.isFinite(values[row]) ? values[row] : null])),
      ...(near && { neighbours: Array.from(near.slice(0, neighboursMax), label) }),
    };
  });
  return { judged, outliers: outliers.length, threshold, side, exact, by: figures, found };
}

interface Figures {
  figures: Record<string, Json>;
  /** A figure for each row. */
  ofRows: Map<string, Float64Array>;
  neighbours: Map<number, Uint32Array>;
}

/** What a method judged by, divided into what is of the whole and what is of a row. */
function figuresOf(by: object, rows: number): Figures {
  const all: Figures = { figures: {}, ofRows: new Map(), neighbours: new Map() };
  for (const [name, value] of Object.entries(by)) {
    if (name === "explained") for (const { row, neighbours } of value as { row: number; neighbours: Uint32Array }[]) all.neighbours.set(row, neighbours);
    else if (value instanceof Float64Array && value.length === rows && rows > 1) all.ofRows.set(name, value);
    else if (ArrayBuffer.isView(value) || Array.isArray(value)) {
      const list = Array.from(value as Iterable<unknown>);
      if (list.length <= listMax) all.figures[name] = list.map(plain);
    } else if (name !== "method") all.figures[name] = plain(value);
  }
  return all;
}

function plain(value: unknown): Json {
  if (typeof value === "number") return finiteOr(value);
  if (typeof value !== "object" || value === null) return (value ?? null) as Json;
  return Array.isArray(value) || ArrayBuffer.isView(value) ? Array.from(value as Iterable<unknown>, plain) : Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}

/** JSON knows no other numbers: NaN is null, an infinity a text. */
const finiteOr = (value: number): number | string | null => (Number.isNaN(value) ? null : Number.isFinite(value) ? value : String(value));

/** Characters of a text that tells which row or group it is: a cell may hold a book. */
export const textCharacters = 200;

const named = (names: readonly string[], values: readonly (string | null)[]): Record<string, string | null> => Object.fromEntries(names.map((name, i) => [name, values[i]?.slice(0, textCharacters) ?? null]));
