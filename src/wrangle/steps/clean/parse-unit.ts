import { sqlText } from "../../../lake/duckdb.ts";
import { scalar } from "../../nested/nested-type.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import type { Step } from "../step.ts";
import { space } from "../white-space.ts";
import { amountPattern, doubleOf, doubleSql, type Marks, plainAmount, type ReadMarks, readMarks } from "./parse-number.ts";
import { type Misfits, readingStep, type TextColumn, type WithRead } from "./reading-step.ts";
import { type Rewrite, rewriter, rewriteSql } from "./rewrite.ts";
import { type Unit, unitNamed, unitsLike } from "./units.ts";

export interface ParseUnitOptions<M extends Misfits = Misfits> extends Marks {
  /** The unit of numbers that stand alone. Default: they do not fit. */
  bare?: string;
  /** What becomes of a text that is no quantity of the wanted kind. */
  misfits?: M;
}

/**
 * Reads quantities, with their unit, as numbers in one unit: `3.5kg`, `10 km/h`, `5 ft 3 in`, `1 h 30 min`. Several parts are
 * added up. Units are told apart by case where they must be (`m` and `M` are not one); factors are exact. A temperature is read
 * as such, one alone.
 *
 * @param to - the unit of the numbers that come of it: any that `units.ts` lists, as "kg"
 * @example parseUnit("height", "cm") // "5 ft 3 in" → 160.02
 */
export function parseUnit<T, const K extends TextColumn<T>, const M extends Misfits = "quarantine">(columns: K | readonly K[], to: string, options: ParseUnitOptions<M> = {}): Step<T, WithRead<T, K, number, M>> {
  return { kind: "parseUnit", columns: [columns].flat(), to, ...options };
}

interface ParseUnit extends ReadMarks {
  to: Unit;
  bare: Unit | undefined;
  /** All units of that kind. */
  units: readonly Unit[];
}

const partsMax = 3;

export const parseUnitKind = readingStep<ParseUnit>({
  kind: "parseUnit",
  read: (given) => {
    const named = (name: string): Unit => {
      const unit = unitNamed(name);
      if (unit === undefined) throw unfit(`there is no unit ${JSON.stringify(name)}`, "parseUnit", "docs/wrangling.md lists those that are known");
      return unit;
    };
    const to = named(given.text("to"));
    const bare = given.has("bare") ? named(given.text("bare")) : undefined;
    if (bare !== undefined && bare.kind !== to.kind) throw unfit(`${bare.names[0]} is no unit of ${to.kind}`, "parseUnit", `give one that becomes ${to.names[0]}`);
    return { ...readMarks(given), to, bare, units: unitsLike(to) };
  },
  type: () => scalar("DOUBLE"),
  misfit: ({ to }) => `is no ${to.kind}`,
  sql: (value, options, once) => {
    const rest = once(rewriteSql(value, rulesOf(options)));
    const parts = Array.from({ length: partsMax }, (_, i) => once(`nullif(regexp_extract(${rest}, ${sqlText(partPattern(i))}, 1), '')`));
    const units = parts.map((_, i) => once(`regexp_extract(${rest}, ${sqlText(partPattern(i))}, 2)`));
    const sign = `case when starts_with(${rest}, '-') then -1 else 1 end`;
    const amounts = parts.map((part, i) => `case when ${part} is null then ${i === 0 ? "null" : "0"} else ${convertedSql(`${sign} * ${doubleSql(part)}`, units[i], options)} end`);
    return doubleSql(`(${amounts.join(" + ")})`);
  },
  text: (options) => {
    const rewrite = rewriter(rulesOf(options));
    const patterns = Array.from({ length: partsMax }, (_, i) => new RegExp(partPattern(i), "u"));
    return (text) => {
      const rest = rewrite(text);
      const sign = rest.startsWith("-") ? -1 : 1;
      let sum = 0;
      for (const [i, pattern] of patterns.entries()) {
        const [, part = "", number = ""] = pattern.exec(rest) ?? [];
        if (part === "" && i > 0) continue;
        const amount = doubleOf(part);
        if (amount === null) return null;
        sum += converted(sign * amount, number, options);
      }
      return Number.isFinite(sum) ? sum : null;
    };
  },
});

/** The part with this index, from 0, of `-1.5#12;3#4;`: a number and that of its unit. */
const partPattern = (i: number): string => `^-?(?:[0-9.e+-]+#[0-9]+;){${i}}([0-9.]+(?:e[+-]?[0-9]+)?)#([0-9]+);`;

/** Rules that write a text as numbers with those of their units. */
function rulesOf({ decimal, group, bare, units, to }: ParseUnit): Rewrite[] {
  const names = units.flatMap((unit, i) => unit.names.map((name) => ({ name, i }))).sort((a, b) => b.name.length - a.name.length);
  const number = amountPattern({ decimal, group });
  const unit = `(?:${names.map(({ name }) => escaped(name)).join("|")})[.]?`;
  const part = `${number}[${space}]*${unit}`;
  const several = to.isAlone ? part : `${part}(?:[${space},]*${part}){0,${partsMax - 1}}`;
  return [
    { find: `^[${space}]+|[${space}]+$`, by: "", all: true },
    { find: "[−﹣－]", by: "-", all: true },
    { find: "[#;]", by: "?", all: true },
    { find: "[’′]", by: "'", all: true },
    { find: "[”″]|''", by: '"', all: true },
    { keep: `[+-]?[${space}]*(?:${several}${bare === undefined ? "" : `|${number}`})` },
    ...(bare === undefined ? [] : [{ find: `^([+-]?[${space}]*${number})$`, by: `\\1#${units.indexOf(bare)};` }]),
    // The longest names come first, and a name is what stands directly behind a number.
    ...names.map(({ name, i }): Rewrite => ({ find: `([0-9.,])[${space}]*${escaped(name)}[.]?($|[${space},+0-9.-])`, by: `\\1#${i};\\2`, all: true })),
    { find: `;[${space},]+`, by: ";", all: true },
    ...plainAmount({ decimal, group }).map((rule) => ({ ...rule, all: true as const })),
    { find: `^[+]?[${space}]*`, by: "" },
    { find: `^-[${space}]*`, by: "-" },
    { keep: "-?(?:[0-9.]+#[0-9]+;)+" },
  ];
}

const escaped = (name: string): string => name.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&").replaceAll(" ", `[${space}]*`);

/** In the wanted unit: `(amount * factor + offset - its offset) / its factor`, in one order of steps, so that both forms round alike. */
function converted(amount: number, index: string, { units, to }: ParseUnit): number {
  const { factor, offset = 0 } = units[Number(index)];
  return (amount * factor + offset - (to.offset ?? 0)) / to.factor;
}

function convertedSql(amount: string, index: string, { units, to }: ParseUnit): string {
  const number = (value: number): string => `cast('${value}' as DOUBLE)`;
  const each = (pick: (unit: Unit) => number): string => `case ${index} ${units.map((unit, i) => `when '${i}' then ${number(pick(unit))}`).join(" ")} end`;
  return `((${amount} * ${each(({ factor }) => factor)} + ${each(({ offset = 0 }) => offset)} - ${number(to.offset ?? 0)}) / ${number(to.factor)})`;
}
