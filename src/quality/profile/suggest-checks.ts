import type { ColumnProfile, TableProfile } from "./profile.ts";

/** A check that holds on what was looked at, and that is likely to hold on what comes. */
export interface Suggestion {
  column: string;
  /** A call of a function of `millrace`. */
  code: string;
  /** Why: what was seen. */
  evidence: string;
}

/** Few values of many rows are a list that is likely to be whole. */
const acceptedMax = 30;
const rowsOfAcceptedMin = 100;
const rowsForEachAccepted = 20;
/** Rows from which on it says something that all of them agree. */
const rowsMin = 20;
/** How much room a range leaves on either side, as a share of it. */
const roomShare = 0.1;
const shapeShare = 0.9999;

/** Checks that fields of structs, lists and maps would need are left out: checks name columns. */
export function suggestChecks(profile: TableProfile): { suggestions: Suggestion[]; code: string } {
  const columns = profile.columns.filter(({ path, kind }) => path.length === 1 && kind !== "struct" && kind !== "size");
  const keys = new Set((profile.relations?.keys ?? []).filter((key) => key.length === 1).map(([name]) => name));
  const suggestions = profile.rows < rowsMin ? [] : columns.flatMap((column) => [...suggestNotNull(column), ...suggestUnique(column, keys), ...suggestValues(column)]);
  const references = profile.rows < rowsMin ? [] : (profile.relations?.references ?? []);
  suggestions.push(...references.map(({ from, table, to, values }) => ({ column: from, code: `relationship(${JSON.stringify(from)}, ${variableOf(table)}, ${JSON.stringify(to)})`, evidence: `each of ${values} values is a ${to} of ${table}` })));
  return { suggestions, code: codeOf(profile, suggestions, [...new Set(references.map(({ table }) => table))]) };
}

function suggestNotNull({ name, nulls, rows }: ColumnProfile): Suggestion[] {
  return nulls === 0 ? [{ column: name, code: `notNull(${JSON.stringify(name)})`, evidence: `none of ${rows} rows is null` }] : [];
}

/** Only where all rows were looked at: a sketch cannot tell one repeated value. */
function suggestUnique({ name, kind, nature, distinct, rows }: ColumnProfile, keys: ReadonlySet<string>): Suggestion[] {
  if (nature !== "unique" || kind === "float" || !(distinct.exact || keys.has(name))) return [];
  return [{ column: name, code: `unique(${JSON.stringify(name)})`, evidence: `no value of ${rows} rows is there twice` }];
}

function suggestValues(column: ColumnProfile): Suggestion[] {
  if (column.nature === "unique" || column.nature === "empty") return suggestRange(column);
  const accepted = suggestAccepted(column);
  return accepted.length > 0 ? accepted : [...suggestRange(column), ...suggestPattern(column)];
}

function suggestAccepted({ name, kind, frequent, distinct, rows, nulls }: ColumnProfile): Suggestion[] {
  const values = rows - nulls;
  if (kind !== "text" || !frequent?.complete || distinct.value > acceptedMax || values < rowsOfAcceptedMin || values < distinct.value * rowsForEachAccepted) return [];
  const list = frequent.values.map(({ value }) => value).sort();
  return [{ column: name, code: `accepted(${JSON.stringify(name)}, ${JSON.stringify(list).replaceAll('","', '", "')})`, evidence: `${list.length} values in ${values} rows, the rarest ${frequent.values.at(-1)?.count} times` }];
}

/** A bound that means something stays: nothing below zero was seen where values begin at zero or close to it. */
function suggestRange({ name, kind, numbers, notNumbers, infinities }: ColumnProfile): Suggestion[] {
  if (numbers === null || !(kind === "integer" || kind === "decimal" || kind === "float") || notNumbers + infinities > 0) return [];
  const [least, greatest] = [numbers.quantiles.values[0], numbers.quantiles.values[100]];
  const room = (greatest - least) * roomShare;
  if (!(room > 0)) return [];
  const min = least < 0 ? outward(least - room, Math.floor) : Math.max(0, outward(least - room, Math.floor));
  const bounds = least >= 0 && least <= room * 2 ? "{ min: 0 }" : `{ min: ${min}, max: ${outward(greatest + room, Math.ceil)} }`;
  return [{ column: name, code: `range(${JSON.stringify(name)}, ${bounds})`, evidence: `${numbers.count} values from ${least} to ${greatest}` }];
}

/** To two digits, away from the values. */
function outward(bound: number, round: (value: number) => number): number {
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(bound) || 1)) - 1);
  return Number((round(bound / unit) * unit).toPrecision(12));
}

/** One shape that all rows have. A sample of texts does not know of a single one that differs. */
function suggestPattern({ name, shapes, rows }: ColumnProfile): Suggestion[] {
  const [first] = shapes?.values ?? [];
  if (shapes?.of !== "rows" || first === undefined || first.share < shapeShare || !/9/.test(first.shape) || first.shape.includes("…") || rows < rowsOfAcceptedMin) return [];
  return [{ column: name, code: `pattern(${JSON.stringify(name)}, /^${patternOf(first.shape)}$/)`, evidence: `all of ${rows} rows have the shape ${first.shape}` }];
}

const classes: Record<string, string> = { "9": "\\d", A: "[A-Z]", a: "[a-z]" };

/** Only for letters and digits of ASCII; what else there is stands for itself. */
function patternOf(shape: string): string {
  return shape.replaceAll(/(.)\1*/gsu, (run, character: string) => {
    const one = classes[character] ?? character.replace(/[.*+?^${}()|[\]\\/]/, "\\$&");
    return run.length > character.length ? `${one}{${run.length / character.length}}` : one;
  });
}

/** A name for what `table(…)` returned: `airports` for `ref.airports`. */
const variableOf = (table: string): string => table.slice(table.lastIndexOf(".") + 1).replaceAll(/[^A-Za-z0-9]+(.?)/g, (_, next: string) => next.toUpperCase()).replace(/^(?=\d|$)/, "_");

/** @param tables - that relationships name */
function codeOf({ dataset, rows, snapshot }: TableProfile, suggestions: readonly Suggestion[], tables: readonly string[]): string {
  const of = `${dataset}${snapshot === null ? "" : `, version ${snapshot}`}, ${rows} rows`;
  if (suggestions.length === 0) return `// ${of}: nothing that would be worth a check.\n`;
  const used = [...new Set(suggestions.map(({ code }) => code.slice(0, code.indexOf("("))))].sort();
  const lines = suggestions.map(({ code, evidence }) => `  ${code}, // ${evidence}\n`);
  return `import { ${used.join(", ")} } from "millrace";\n${tables.map((table) => `// ${variableOf(table)}: import what table(${JSON.stringify(table)}, …) returns.\n`).join("")}\n// ${of}.\nexport const checks = [\n${lines.join("")}];\n`;
}
