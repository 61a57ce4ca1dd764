import { personalFindings } from "../../formats/personal-data/find-personal-data.ts";
import { isDummyText } from "../profile/dummy-values.ts";
import type { Measured } from "./collect-states.ts";
import type { ColumnState } from "./column-state.ts";
import { sketchText } from "./distinct-sketch.ts";
import type { MeasuredSketch } from "./measured-sketch.ts";
import { stateOfValues } from "./measured-values.ts";
import type { ColumnKind, ProfiledColumn } from "./profiled-column.ts";
import { textSample } from "../profile/text-sample.ts";
import type { Meaning } from "../profile/profile.ts";

/*
 * Of columns with personal data nothing is kept or told that is a value of a person: neither bounds nor frequent values, no sample,
 * no quantile, no mean. What is left are counts, lengths and the sketch of distinct values, from which no value can be read.
 */

/** Kinds of personal data by column, or by the path of a field with dots, as people or crawlers say. `none`: it holds none, whatever it looks like. */
export type PersonalMarks = ReadonlyMap<string, string>;

const noneSaid = "none";
/** Texts that are looked at: each goes through some thirty patterns. */
const textsMax = 200;
const confidenceMin = 0.5;

/** What is said of a column, or of one that it lies in; undefined where nobody says anything. Names are the same in any case, as in SQL. */
export function saidOf(marks: PersonalMarks, path: readonly string[]): string | undefined {
  if (marks.size === 0) return undefined;
  const said = new Map([...marks].map(([place, kind]) => [place.toLowerCase(), kind]));
  return path.map((_, i) => said.get(path.slice(0, i + 1).join(".").toLowerCase())).findLast((kind) => kind !== undefined);
}

/**
 * The kind of personal data that a column holds: what is said of it, and where nothing is said what its texts look like.
 * @param state - asked for only where it has to tell
 * @returns undefined for none
 */
export function personalKind(marks: PersonalMarks, column: ProfiledColumn, state: () => ColumnState): string | undefined {
  const said = saidOf(marks, column.path);
  if (said !== undefined) return said === noneSaid ? undefined : said;
  if (column.kind !== "text") return undefined;
  const { personal, ...known } = state();
  return personal ?? recognised(column.path.at(-1) as string, textSample(known).texts.map(([text]) => text));
}

/** The kind of personal data that texts look like. @param texts - different ones, the most frequent first */
export function recognised(name: string, texts: readonly string[]): string | undefined {
  return lookOf(name, texts.map((text) => text.trim()).filter((text) => text !== "" && !isDummyText(text)))?.kind;
}

/** The same, with the share of the texts that look so. @param texts - none of them empty, or a dummy */
export function lookOf(name: string, texts: readonly string[]): Meaning | undefined {
  const [found] = personalFindings(name, texts.slice(0, textsMax));
  if (found === undefined || found.confidence < confidenceMin) return undefined;
  return { kind: found.detail === undefined ? found.kind : `${found.kind} (${found.detail})`, share: found.matched / found.sampled };
}

/** Whether somebody says that a column holds no personal data, of which no values were kept. */
export const isWrongly = (marks: PersonalMarks, column: ProfiledColumn, measured: Measured): boolean => hasNone(measured) && saidOf(marks, column.path) === noneSaid;

export const hasNone = (measured: Measured): boolean => measured.form === "sketch" && measured.personal !== undefined;

/** What is left of what was measured of a column when its values are left out. */
export function withoutValues(kind: ColumnKind, measured: Measured, personal: string): MeasuredSketch {
  if (measured.form === "values") return sketchWithout(stateOfValues(kind, measured), personal);
  const [place, rows, values, notNumbers, infinities, , , , , , , , , , , ...texts] = measured.basics;
  return { ...measured, ...noValuesIn(rows), personal, basics: [place, rows, values, notNumbers, infinities, null, null, null, null, null, null, null, null, null, null, ...texts] };
}

function sketchWithout({ rows, nulls, notNumbers, infinities, lengths, empty, padded, distinct }: ColumnState, personal: string): MeasuredSketch {
  const noNumbers = [null, null, null, null, null, null, null, null, null, null] as const;
  return { form: "sketch", ...noValuesIn(rows), personal, basics: [0, rows, rows - nulls, notNumbers, infinities, ...noNumbers, lengths?.min ?? null, lengths?.max ?? null, lengths?.sum ?? null, empty, padded], registers: sketchText(distinct) };
}

const noValuesIn = (rows: number): Pick<MeasuredSketch, "shift" | "sample" | "frequent" | "unlistedMax"> => ({ shift: 0, sample: [], frequent: [], unlistedMax: rows });
