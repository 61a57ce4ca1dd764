import { sqlText } from "../../../lake/duckdb.ts";
import type { Flat } from "../../../model/schema-types.ts";
import { varchar } from "../../nested/nested-type.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import type { Row } from "../cells.ts";
import { commonPattern } from "../clean/common-pattern.ts";
import { misfitSql, misfitText } from "../clean/reading-step.ts";
import { Computed } from "../computed.ts";
import { checkFree } from "../column-names.ts";
import type { ColumnsOf } from "../column-types.ts";
import type { OptionReader } from "../option-reader.ts";
import { Rejection, type RowStep, type Step } from "../step.ts";
import { columnSql, textColumns } from "../text-step.ts";

/** Where a text is cut: one of the three. */
export type SeparateBy =
  /** At each place where this text stands. */
  | { separator: string }
  /** Where the groups of this pattern are, which the whole text must fit. A group that took no part is an empty text. @see commonPattern for what patterns may hold */
  | { pattern: string }
  /** Behind so many characters (code points), from the start: `[1]` cuts off the first. */
  | { positions: readonly number[] };

export type SeparateOptions<Into extends string> = SeparateBy & {
  /** The new columns, in the place of the old one. */
  into: readonly Into[];
  /** A text in too few pieces, or that does not fit the pattern: the row is rejected (`"quarantine"`, the default), or the pieces that are not there are null. */
  few?: "quarantine" | "null";
  /** A text in too many pieces: the row is rejected (`"quarantine"`, the default), the rest is dropped, or stays with the last piece (`"merge"`). */
  many?: "quarantine" | "drop" | "merge";
  /** Whether the old column stays beside the new ones. Default false. */
  keep?: boolean;
};

/**
 * One column that holds several variables becomes several columns of texts.
 * @example separate("column", { into: ["sex", "age"], pattern: "([mf])(\\d+)" })
 * @example separate("rate", { into: ["cases", "population"], separator: "/" })
 */
export function separate<T, const K extends ColumnsOf<T, string>, const Into extends string>(column: K, options: SeparateOptions<Into>): Step<T, Flat<Omit<T, K> & { [I in Into]: string | null }>> {
  return { kind: "separate", column, ...options };
}

interface Separate {
  column: string;
  into: string[];
  cut: Cut;
  few: "quarantine" | "null";
  many: "quarantine" | "drop" | "merge";
  keep: boolean;
}

/** How a text comes apart, in both forms. */
interface Cut {
  /** SQL: the pieces as a list; null where the text does not fit. */
  sql(value: string, first: Computed): string;
  pieces(text: string): string[] | undefined;
  /** Stands between pieces that stay together. */
  glue: string;
}

export const separateKind: RowStep<Separate> = {
  kind: "separate",
  scope: "row",
  read: (given) => {
    const column = given.text("column");
    const into = given.columns("into");
    return { column, into, cut: readCut(given, into.length), few: given.oneOf("few", ["quarantine", "null"], "quarantine"), many: given.oneOf("many", ["quarantine", "drop", "merge"], "quarantine"), keep: given.flag("keep") };
  },
  sql: ({ column, into, cut, few, many, keep }, input) => {
    const [{ name }] = textColumns(input, [column], "separate");
    checkFree([...input.fields.map((field) => field.name).filter((each) => keep || each !== name), ...into], "into of separate");
    const first = new Computed();
    const pieces = first.once(cut.sql(columnSql(name), first));
    const last = `array_to_string(list_slice(${pieces}, ${into.length}, len(${pieces})), ${sqlText(cut.glue)})`;
    const set = into.map((each, i) => ({ name: each, type: varchar, sql: many === "merge" && i === into.length - 1 ? `case when len(${pieces}) >= ${into.length} then ${last} end` : `list_extract(${pieces}, ${i + 1})` }));
    const reasons = [
      ...(few === "quarantine" ? [`when ${pieces} is null or len(${pieces}) < ${into.length} then ${misfitSql(name, tooFew(into), columnSql(name))}`] : []),
      ...(many === "quarantine" ? [`when len(${pieces}) > ${into.length} then ${misfitSql(name, tooMany(into), columnSql(name))}`] : []),
    ];
    const reject = reasons.length === 0 ? undefined : `case when ${columnSql(name)} is null then null ${reasons.join(" ")} end`;
    return { first: first.values, set, ...(keep ? {} : { drop: [name] }), behind: name, reject };
  },
  row: (options) => {
    const { column, into, keep } = options;
    return (row) => {
      const cell = row[column];
      const pieces = typeof cell === "string" ? fitted(options, cell) : [];
      if (pieces instanceof Rejection) return pieces;
      const { [column]: old, ...others } = row;
      return { ...others, ...(keep && { [column]: old }), ...(Object.fromEntries(into.map((name, i) => [name, pieces[i] ?? null])) as Row) };
    };
  },
};

const tooFew = (into: readonly string[]): string => `does not come apart into ${into.length} pieces`;
const tooMany = (into: readonly string[]): string => `comes apart into more than ${into.length} pieces`;

function fitted({ column, into, cut, few, many }: Separate, text: string): string[] | Rejection {
  const pieces = cut.pieces(text) ?? [];
  if (pieces.length < into.length) return few === "null" ? pieces : new Rejection(misfitText(column, tooFew(into), text));
  if (pieces.length === into.length || many === "drop") return pieces;
  if (many === "quarantine") return new Rejection(misfitText(column, tooMany(into), text));
  return [...pieces.slice(0, into.length - 1), pieces.slice(into.length - 1).join(cut.glue)];
}

function readCut(given: OptionReader, count: number): Cut {
  const ways = ["separator", "pattern", "positions"].filter((way) => given.has(way));
  if (ways.length !== 1) throw unfit("it is said in no way, or in several, where texts are cut", "separate", "give one of separator, pattern and positions");
  if (given.has("separator")) return bySeparator(given.text("separator"));
  if (given.has("pattern")) return byPattern(given.text("pattern"), count);
  return byPositions(given.scalars("positions"));
}

function bySeparator(separator: string): Cut {
  if (separator === "") throw unfit("the separator is empty", "separate", "give a text, or positions");
  return { glue: separator, sql: (value) => `string_split(${value}, ${sqlText(separator)})`, pieces: (text) => text.split(separator) };
}

function byPattern(source: string, count: number): Cut {
  const { sql: pattern, js, groups } = commonPattern(`^(?:${source})$`, "pattern of separate", true);
  const [sql, regExp] = [sqlText(pattern), new RegExp(js, "u")];
  if (groups.length !== count) throw unfit(`the pattern takes out ${groups.length} groups, for ${count} columns`, "separate", "write ( ) around each piece, and (?: ) around what is only held together");
  const names = Array.from({ length: count }, (_, i) => `g${i}`);
  return {
    glue: "",
    sql: (value, first) => {
      const found = first.once(`regexp_extract(${value}, ${sql}, [${names.map(sqlText).join(", ")}])`);
      return `case when regexp_matches(${value}, ${sql}) then [${names.map((name) => `struct_extract(${found}, ${sqlText(name)})`).join(", ")}] end`;
    },
    pieces: (text) => regExp.exec(text)?.slice(1).map((group: string | undefined) => group ?? ""),
  };
}

/** The texts between cuts; pieces that lie wholly behind the end are not there. */
function byPositions(positions: readonly unknown[]): Cut {
  const cuts = [0, ...positions.map(Number)];
  if (cuts.some((cut, i) => !Number.isSafeInteger(cut) || (i > 0 && cut <= cuts[i - 1]))) throw unfit(`the positions ${JSON.stringify(positions)} do not go up from 1`, "separate", "give whole numbers, each greater than the one before");
  return {
    glue: "",
    sql: (value) => {
      const piece = (cut: number, i: number): string => (cuts[i + 1] === undefined ? `substring(${value}, ${cut + 1})` : `substring(${value}, ${cut + 1}, ${cuts[i + 1] - cut})`);
      return `list_filter([${cuts.map((cut, i) => `case when length(${value}) > ${cut} then ${piece(cut, i)} end`).join(", ")}], lambda each: each is not null)`;
    },
    pieces: (text) => {
      const points = Array.from(text);
      return cuts.filter((cut) => points.length > cut).map((cut) => points.slice(cut, cuts[cuts.indexOf(cut) + 1]).join(""));
    },
  };
}
