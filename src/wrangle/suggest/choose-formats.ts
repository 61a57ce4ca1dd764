import { applySteps } from "../steps/apply-steps.ts";
import { readSteps } from "../steps/read-steps.ts";

/** A step as plain data. */
export interface StepData {
  readonly kind: string;
  readonly [option: string]: unknown;
}

/** Which texts of a column a step would not read, and which it leaves. The step's column is called `text`. */
export function notRead(step: StepData, texts: readonly string[]): { misfits: string[]; kept: string[]; values: Map<string, unknown> } {
  const { rows, rejected } = applySteps(readSteps([step]), texts.map((text) => ({ text, from: text })));
  const kept = rows.filter(({ text }) => text !== null && text !== undefined);
  return { misfits: rejected.map(({ row }) => String(row.from)), kept: kept.map(({ from }) => String(from)), values: new Map(kept.map(({ from, text }) => [String(from), text])) };
}

export interface ChosenMarks {
  kind: "parseNumber" | "parseMoney";
  options: Record<string, unknown>;
  misfits: string[];
  /** What only a person knows. */
  doubt?: string;
}

const marks: readonly Record<string, unknown>[] = [{}, { locale: "de" }, { locale: "fr" }, { group: "'" }];

/** The marks by which most of the texts are numbers, or amounts of money. */
export function chooseMarks(texts: readonly string[]): ChosenMarks {
  const isMoney = texts.some((text) => /\p{Sc}/u.test(text));
  const kind = isMoney ? "parseMoney" : "parseNumber";
  const step = (options: Record<string, unknown>) => ({ kind, ...(isMoney ? { column: "text" } : { columns: ["text"] }), ...options });
  const tried = marks.map((options) => ({ options, ...notRead(step(options), texts) })).sort((a, b) => a.misfits.length - b.misfits.length);
  const [best] = tried;
  const rival = tried.slice(1).find(({ misfits, values }) => misfits.length === best.misfits.length && texts.some((text) => String(values.get(text)) !== String(best.values.get(text))));
  const odd = rival && texts.find((text) => String(rival.values.get(text)) !== String(best.values.get(text)));
  return { kind, options: best.options, misfits: best.misfits, ...(rival && { doubt: `${JSON.stringify(odd)} is ${String(best.values.get(odd as string))}, or with ${JSON.stringify(rival.options)} ${String(rival.values.get(odd as string))}; nothing in the column tells which` }) };
}

export type ChosenDates = { kind: "parseDate" | "parseTimestamp"; formats: string[]; options: Record<string, unknown>; misfits: string[] } | { doubt: string };

/** Formats of days; where one row has two, they read the same texts, and differ in which number is the day. */
const dayFormats: readonly (readonly string[])[] = [
  ["yyyy-MM-dd"], ["yyyy-M-d"], ["yyyy/M/d"], ["yyyyMMdd"], ["d.M.yyyy"], ["d/M/yyyy", "M/d/yyyy"], ["d-M-yyyy", "M-d-yyyy"], ["MMM d yyyy"], ["MMM d, yyyy"], ["d MMM yyyy"], ["d-MMM-yyyy"], ["d. MMM yyyy"],
  ["d.M.yy"], ["d/M/yy", "M/d/yy"], ["d-M-yy", "M-d-yy"], ["d-MMM-yy"], ["d MMM yy"], ["MMM d yy"],
];
const clocks = ["'T'HH:mm:ssXXX", "'T'HH:mm:ss.SSSXXX", "'T'HH:mm:ss", " HH:mm:ssXXX", " HH:mm:ss.SSS", " HH:mm:ss", " H:mm", " h:mm a"];
const timeFormats: readonly (readonly string[])[] = [["yyyy-MM-dd"], ["yyyy/M/d"], ["d.M.yyyy"], ["d/M/yyyy", "M/d/yyyy"], ["MMM d yyyy"], ["d MMM yyyy"]].flatMap((days) => clocks.map((clock) => days.map((day) => day + clock)));

/** The fewest formats that read the most texts, the most useful first. */
export function chooseDates(texts: readonly string[]): ChosenDates {
  const hasTime = texts.filter((text) => text.includes(":")).length * 2 > texts.length;
  const kind = hasTime ? "parseTimestamp" : "parseDate";
  const formats: string[] = [];
  let left = [...texts];
  while (left.length > 0) {
    const tried = (hasTime ? [...timeFormats, ...dayFormats] : dayFormats).map((alternatives) => alternatives.map((format) => ({ format, ...notRead(dateStep(kind, [format]), left) })).sort((a, b) => b.kept.length - a.kept.length));
    const [best, rival] = tried.reduce((most, each) => (each[0].kept.length > most[0].kept.length ? each : most));
    if (best.kept.length === 0) break;
    if (rival !== undefined && rival.kept.length === best.kept.length && [...best.values].some(([text, value]) => rival.values.get(text) !== value)) return { doubt: `${JSON.stringify(best.kept[0])} is of ${best.format} or of ${rival.format}, and nothing in the column tells which: write ${kind} with one of them` };
    formats.push(best.format);
    left = best.misfits;
  }
  if (formats.length === 0) return { doubt: `no format that is known reads ${texts.slice(0, 3).map((text) => JSON.stringify(text)).join(", ")}` };
  return { kind, formats, options: pivotOf(formats), misfits: left };
}

const pivotOf = (formats: readonly string[]): { pivot?: number } => (formats.some((format) => /(^|[^y])yy($|[^y])/.test(format)) ? { pivot: 50 } : {});
const dateStep = (kind: string, formats: readonly string[]) => ({ kind, columns: ["text"], formats, ...pivotOf(formats) });
