import type { ColumnState } from "../states/column-state.ts";
import { type CountedValue, mostFrequent } from "../states/frequent-values.ts";
import type { ProfiledColumn } from "../states/profiled-column.ts";
import { quantilesAt, totalWeight } from "../states/quantile-points.ts";
import { dateSpelling } from "./date-spelling.ts";
import { dummyDays, dummyNumbers, isDummyText } from "./dummy-values.ts";
import type { Finding, FindingKind } from "./profile.ts";
import { booleanWords, writtenNumber } from "./text-meaning.ts";
import { shareOf, type TextSample, textSample } from "./text-sample.ts";

const valuesMax = 10;
const shareMin = 0.9;
const mostlyNullMin = 0.5;

/** What of a column a person should look at. Everything follows from its state: no row is read for it. */
export function findingsOf(column: ProfiledColumn, state: ColumnState): Finding[] {
  if (state.rows === 0) return [];
  const found = new Collected(column.path.join("."));
  fillFindings(found, state);
  if (column.kind === "text") textFindings(found, state);
  if (column.kind === "integer" || column.kind === "decimal" || column.kind === "float") numberFindings(found, state);
  if (column.kind === "time") timeFindings(found, state);
  return found.all;
}

class Collected {
  readonly all: Finding[] = [];
  readonly #column: string;

  constructor(column: string) {
    this.#column = column;
  }

  add(kind: FindingKind, text: string, values: readonly string[] = [], rows?: { count: number; exact: boolean }): void {
    this.all.push({ kind, column: this.#column, text, ...(rows && { rows: { value: rows.count, exact: rows.exact, ...(!rows.exact && { method: "at least: counted are values that are frequent" }) } }), values: values.slice(0, valuesMax) });
  }
}

function fillFindings(found: Collected, { rows, nulls, notNumbers, infinities, long, unread, frequent }: ColumnState): void {
  if (nulls === rows) found.add("all-null", "holds nothing but nulls", [], { count: rows, exact: true });
  else if (nulls > rows * mostlyNullMin) found.add("mostly-null", `is null in ${percent(nulls / rows)} of the rows`, [], { count: nulls, exact: true });
  if (frequent.complete && frequent.counts.size === 1 && nulls === 0 && rows > 1) found.add("constant", "has the same value in every row", [...frequent.counts.keys()], { count: rows, exact: true });
  if (notNumbers > 0) found.add("not-a-number", "holds NaN, which is no number and no null", ["NaN"], { count: notNumbers, exact: true });
  if (long > 0) found.add("long-texts", "holds texts of more than 1 MiB: their length is measured, and they are not among the frequent values", [], { count: long, exact: true });
  if (unread > 0) found.add("unread-values", "holds values that need more memory than a statement is allowed: nothing is known of these rows", [], { count: unread, exact: true });
  if (infinities > 0) found.add("infinite", "holds values that are infinite", [], { count: infinities, exact: true });
}

function textFindings(found: Collected, state: ColumnState): void {
  const sample = textSample(state);
  const { frequent, empty, padded } = state;
  const known = mostFrequent(frequent);
  if (empty > 0) found.add("blank-texts", "holds texts without characters", [""], { count: empty, exact: true });
  if (padded > 0) found.add("padded-texts", "holds texts with a blank at the beginning or the end", sample.texts.map(([text]) => text).filter((text) => text !== text.trim()), { count: padded, exact: true });
  const dummies = known.filter(([text]) => isDummyText(text));
  const sampled = sample.texts.map(([text]) => text).filter((text) => isDummyText(text) && !dummies.some(([dummy]) => dummy === text));
  if (dummies.length + sampled.length > 0) found.add("dummy-values", "holds texts that stand for no value", [...dummies.map(([text]) => text), ...sampled], { count: sum(dummies), exact: frequent.complete });
  const variants = caseVariants([...new Set([...known.map(([text]) => text), ...sample.texts.map(([text]) => text)])]);
  if (variants.length > 0) found.add("case-variants", "holds values that differ in case, blanks or accents alone", variants);
  const filled: TextSample = { ...sample, texts: sample.texts.map(([text, count]): CountedValue => [text.trim(), count]).filter(([text]) => text !== "" && !isDummyText(text)) };
  if (filled.texts.length > 0) spellingFindings(found, filled);
}

function spellingFindings(found: Collected, filled: TextSample): void {
  const examples = filled.texts.map(([text]) => text);
  if (shareOf(filled, (text) => booleanWords.has(text.toLowerCase())) === 1) return found.add("booleans-as-text", "holds truth values written as text", examples);
  if (shareOf(filled, (text) => writtenNumber.test(text)) >= shareMin) {
    const others = examples.filter((text) => !writtenNumber.test(text));
    const zeros = examples.filter((text) => /^0\d/.test(text));
    // What begins with zeros names something: as a number it would lose them.
    if (zeros.length === 0) found.add("numbers-as-text", others.length === 0 ? "holds numbers written as text" : "holds numbers written as text, and some texts that are none", others.length === 0 ? examples : others);
    return;
  }
  if (shareOf(filled, (text) => dateSpelling(text) !== undefined) < shareMin) return;
  found.add("dates-as-text", "holds dates written as text", examples);
  const spellings = Map.groupBy(examples, dateSpelling);
  spellings.delete(undefined);
  if (spellings.size > 1) found.add("date-spellings", `holds dates in ${spellings.size} spellings: ${[...spellings.keys()].join(", ")}`, [...spellings.values()].map(([first]) => first));
}

function numberFindings(found: Collected, state: ColumnState): void {
  const dummies = mostFrequent(state.frequent).filter((counted) => dummyNumbers.has(Number(counted[0])) && standsAlone(counted, state));
  if (dummies.length > 0) found.add("dummy-values", "holds numbers that no other value is like, and that often stand for none", dummies.map(([text]) => text), { count: sum(dummies), exact: state.frequent.complete });
}

/** At an end of all values, and on the other side of zero or far from the next one. */
function standsAlone([text, count]: CountedValue, { points, min, max }: ColumnState): boolean {
  const [value, share] = [Number(text), count / totalWeight(points)];
  const [atLeast, atMost] = [text === min?.text, text === max?.text];
  if (atLeast === atMost) return false;
  const [low, next, middle, before, high] = quantilesAt(points, [0, Math.min(1, share + 0.005), 0.5, Math.max(0, 1 - share - 0.005), 1]);
  if (atLeast) return next >= 0 && value < 0 && (value === -1 ? next > low : middle - value > 3 * (high - middle) || next - value > high - next);
  return value - before > 3 * (before - low);
}

/** Years that a calendar of people's affairs has. */
const [firstDay, lastDay] = [Date.UTC(1800, 0, 1), Date.UTC(2200, 0, 1)];

function timeFindings(found: Collected, { min, max, frequent }: ColumnState): void {
  const ends = [min?.text, max?.text].filter((text) => text !== undefined);
  const known = mostFrequent(frequent).filter(([text]) => dummyDays.has(text.slice(0, 10)));
  const atEnds = ends.filter((text) => dummyDays.has(text.slice(0, 10)) && !known.some(([value]) => value === text));
  if (known.length + atEnds.length > 0) found.add("dummy-values", "holds days that often stand for none", [...known.map(([text]) => text), ...atEnds], { count: sum(known), exact: frequent.complete });
  const far = [min, max].filter((bound) => bound?.number !== undefined && (bound.number < firstDay || bound.number >= lastDay)).map((bound) => bound?.text ?? "");
  if (far.length > 0) found.add("far-dates", "holds dates before 1800 or after 2199", far);
}

/** Values that are one when case, blanks and accents do not count: the first two of each. */
function caseVariants(texts: readonly string[]): string[] {
  const groups = Map.groupBy(texts.filter((text) => text.trim() !== ""), (text) => text.normalize("NFD").replaceAll(/\p{M}/gu, "").replaceAll(/\s+/g, " ").trim().toLowerCase());
  return [...groups.values()].filter((group) => group.length > 1).flatMap((group) => group.slice(0, 2));
}

const sum = (values: readonly CountedValue[]): number => values.reduce((total, [, count]) => total + count, 0);
const percent = (share: number): string => `${(share * 100).toFixed(share > 0.999 ? 2 : 1)} %`;
