import type { ColumnProfile, Finding, FindingKind, TableProfile } from "../../quality/profile/profile.ts";
import { chooseDates, chooseMarks, notRead, type StepData } from "./choose-formats.ts";

/** A step that would mend what a profile has found. */
export interface StepSuggestion {
  /** As data: what the call below makes. */
  step: StepData;
  /** The call, as TypeScript. */
  code: string;
  /** What was found, and what the step leaves. */
  evidence: string;
}

export interface SuggestedSteps {
  /** In the order in which they are to run. */
  suggestions: StepSuggestion[];
  /** What only a person can decide. */
  doubts: string[];
}

/** Findings for which the values themselves must be looked at. */
const looksAt: readonly FindingKind[] = ["numbers-as-text", "dates-as-text", "booleans-as-text"];

/** Columns of which `suggestSteps` is to be given values. */
export function columnsToLookAt({ findings }: TableProfile): string[] {
  return [...new Set(findings.filter(({ kind }) => looksAt.includes(kind)).map(({ column }) => column))];
}

/**
 * Steps for what a profile has found: white space first, then what stands for nothing, then types, then spellings.
 * @param values - of columns that `columnsToLookAt` names: different texts, the most frequent first
 */
export function suggestSteps(profile: TableProfile, values: Readonly<Record<string, readonly string[]>>): SuggestedSteps {
  const columns = new Map(profile.columns.filter(({ path }) => path.length === 1).map((column) => [column.name, column]));
  const findings = profile.findings.filter(({ column }) => columns.has(column));
  const of = (...kinds: FindingKind[]): Finding[] => findings.filter(({ kind }) => kinds.includes(kind));
  const isText = ({ column }: Finding): boolean => columns.get(column)?.kind === "text";
  const doubts: string[] = [];
  const typed = [...new Set(of(...looksAt).map(({ column }) => column))].flatMap((column) => typeSuggestions(column, of(...looksAt).filter((finding) => finding.column === column), filled(values[column] ?? []), doubts));
  const dummies = of("dummy-values", "blank-texts", "not-a-number");
  const suggestions = [
    ...oneForAll("trim", of("padded-texts")),
    ...nullifySuggestions(dummies.filter(isText), dummies.filter((finding) => !isText(finding)), columns),
    ...typed,
    ...oneForAll("cluster", of("case-variants").filter(({ column }) => !typed.some(({ step }) => step.columns === column))),
    // Far days that stand for nothing are gone by then.
    ...of("far-dates").filter(({ column }) => !dummies.some((finding) => finding.column === column)).map(({ column, text }) => suggestion("inRange", [column], { min: "1800-01-01", max: "2200-01-01" }, text)),
  ];
  return { suggestions, doubts };
}

/** Texts as they are when white space and what stands for nothing are gone. */
function filled(texts: readonly string[]): string[] {
  return notRead({ kind: "nullify", columns: ["text"] }, texts).kept.map((text) => text.trim());
}

function oneForAll(kind: string, findings: readonly Finding[]): StepSuggestion[] {
  if (findings.length === 0) return [];
  return [suggestion(kind, [...new Set(findings.map(({ column }) => column))], {}, findings.map(told).join("; "))];
}

function nullifySuggestions(texts: readonly Finding[], others: readonly Finding[], columns: ReadonlyMap<string, ColumnProfile>): StepSuggestion[] {
  const unknown = [...new Set(texts.filter(({ kind }) => kind === "dummy-values").flatMap(({ values }) => notRead({ kind: "nullify", columns: ["text"] }, values).kept))];
  const ofTexts = texts.length === 0 ? [] : [suggestion("nullify", [...new Set(texts.map(({ column }) => column))], unknown.length === 0 ? {} : { also: unknown }, texts.map(told).join("; "))];
  const value = (column: string, text: string): string | number => (columns.get(column)?.kind === "time" ? text : Number(text));
  const ofOthers = others.map((finding) => suggestion("nullify", [finding.column], { values: finding.values.map((text) => value(finding.column, text)).filter((each) => !Number.isNaN(each)) }, told(finding)));
  return [...ofTexts, ...ofOthers];
}

function typeSuggestions(column: string, findings: readonly Finding[], texts: readonly string[], doubts: string[]): StepSuggestion[] {
  const found = findings.map(({ text }) => text).join("; ");
  const kinds = findings.map(({ kind }) => kind);
  if (texts.length === 0) return [];
  if (kinds.includes("booleans-as-text")) {
    return [suggestion("parseBoolean", [column], {}, found + leftText(notRead({ kind: "parseBoolean", columns: ["text"] }, texts).misfits))];
  }
  if (kinds.includes("numbers-as-text")) {
    const { kind, options, misfits, doubt } = chooseMarks(texts);
    if (doubt !== undefined) doubts.push(`${JSON.stringify(column)}: ${doubt}`);
    return [suggestion(kind, [column], options, found + leftText(misfits))];
  }
  const dates = chooseDates(texts);
  if ("doubt" in dates) {
    doubts.push(`${JSON.stringify(column)}: ${dates.doubt}`);
    return [];
  }
  return [suggestion(dates.kind, [column], dates.options, found + leftText(dates.misfits), dates.formats)];
}

const leftText = (misfits: readonly string[]): string => (misfits.length === 0 ? "" : `; ${misfits.length} of the texts looked at would go to the quarantine, as ${misfits.slice(0, 3).map((text) => JSON.stringify(text)).join(", ")}`);

const told = ({ column, text, rows }: Finding): string => `${column} ${text}${rows === undefined ? "" : ` (${rows.exact ? "" : "at least "}${rows.value} rows)`}`;

function suggestion(kind: string, columns: readonly string[], options: Record<string, unknown>, evidence: string, formats?: readonly string[]): StepSuggestion {
  const column = kind === "parseMoney";
  const step = { kind, ...(column ? { column: columns[0] } : { columns: [...columns] }), ...(formats && { formats: [...formats] }), ...options };
  const given = [columns.length === 1 ? columns[0] : columns, ...(formats ? [formats] : []), ...(Object.keys(options).length === 0 ? [] : [options])];
  return { step, code: `${kind}(${given.map(literal).join(", ")})`, evidence };
}

/** A value as TypeScript writes it. */
export function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value).map(([name, each]) => `${/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name)}: ${literal(each)}`).join(", ")} }`;
}
