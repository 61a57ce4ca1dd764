import { type RowsInput, rowsSql } from "../../model/nested.ts";
import { type Sql, sql } from "../../model/sql-tag.ts";
import type { RunStatement } from "../entities/train.ts";
import { type Facts, factsOf, likeness, matched } from "./match-columns.ts";
import { nameLikeness } from "./name-likeness.ts";
import { unitFactor } from "./unit-factor.ts";

/**
 * How two sources disagree about their columns.
 * - `synonym`: one thing under two names. `homonym`: one name for two things.
 * - `type`: numbers or times in one, texts in the other. `unit`: the same numbers in other units. `format`: texts that are written otherwise.
 * - `structure`: what is one column in one source is two in the other.
 */
export type ConflictKind = "synonym" | "homonym" | "type" | "unit" | "format" | "structure";

export interface SourceConflict {
  kind: ConflictKind;
  /** Columns of the first source, and of the second. */
  from: string[];
  to: string[];
  /** One sentence for people. */
  text: string;
}

export interface FindConflictsOptions {
  /** From which score on two columns count as one: see `matchColumns`. Default 0.5. */
  scoreMin?: number;
}

/** Two columns, and what speaks for their being one. */
interface Pair {
  a: Facts;
  b: Facts;
  /** Of their values, 0 to 1, those that both have. */
  common: number;
  spread: number;
  sameName: boolean;
  proposed: boolean;
}

/**
 * Where two sources name, write or divide the same thing differently. It looks at names, types and values, decides nothing, and says
 * what it saw: a person looks, and what is kept are steps and a mapping. Its cost is bounded: two statements over each source, and for each column
 * of texts that has no partner one over samples.
 *
 * @param run - runs a statement: `(statement) => lake.sql`${statement}``
 * @example for (const { text } of await findConflicts(shop, crm, (statement) => lake.sql`${statement}`)) console.log(text);
 * @throws MillraceError `MR-WRANGLE-001` when a source has no columns that can be compared
 */
export async function findConflicts<A, B>(from: RowsInput<A>, to: RowsInput<B>, run: RunStatement, { scoreMin }: FindConflictsOptions = {}): Promise<SourceConflict[]> {
  const [ours, theirs] = [await factsOf(from, run), await factsOf(to, run)];
  const pairs = pairsOf(ours, theirs, scoreMin);
  const units = pairs.flatMap(unitConflict);
  const divided = [...(await dividedColumns({ input: from, facts: ours }, { input: to, facts: theirs }, pairs, run)), ...(await dividedColumns({ input: to, facts: theirs }, { input: from, facts: ours }, pairs, run)).map(turned)];
  // Half of a column is no synonym of the whole.
  const isPart = ({ a, b, common }: Pair): boolean => common < commonMin && divided.some((each) => each.from.includes(a.name) && each.to.includes(b.name));
  const whole = pairs.filter((pair) => !isPart(pair));
  const isUnit = ({ a, b }: Pair): boolean => units.some((unit) => unit.from[0] === a.name && unit.to[0] === b.name);
  const homonyms = whole.filter((pair) => !isUnit(pair) && homonym(pair).length > 0);
  // Two things have no form in common.
  const formats = await formatConflicts(from, to, whole.filter((pair) => !homonyms.includes(pair)), run);
  return [...whole.flatMap(synonym), ...homonyms.flatMap(homonym), ...whole.flatMap(typeConflict), ...units, ...formats, ...divided];
}

/** Names that are the same but for case and what stands between words. */
const sameNameMin = 0.95;

/** Those that are proposed to be one, and those of one name. */
function pairsOf(ours: readonly Facts[], theirs: readonly Facts[], scoreMin: number | undefined): Pair[] {
  const proposals = new Map(matched(ours, theirs, scoreMin).proposals.map(({ from, to }) => [from, to]));
  return ours.flatMap((a) => theirs.flatMap((b): Pair[] => {
    const [proposed, sameName] = [proposals.get(a.name) === b.name, nameLikeness(a.name, b.name) >= sameNameMin];
    if (!proposed && !sameName) return [];
    const { evidence } = likeness(a, b);
    return [{ a, b, common: evidence.values, spread: evidence.spread, sameName, proposed }];
  }));
}

const conflict = (kind: ConflictKind, { a, b }: Pair, text: string): SourceConflict[] => [{ kind, from: [a.name], to: [b.name], text }];
const percent = (share: number): string => `${Math.round(100 * share)} %`;

function synonym(pair: Pair): SourceConflict[] {
  const { a, b, common, sameName, proposed } = pair;
  return proposed && !sameName ? conflict("synonym", pair, `${a.name} and ${b.name} seem to be one thing under two names${common > 0 ? `: ${percent(common)} of their values are common` : ""}`) : [];
}

/** Values that columns of one thing would have in common, where they are many and where they are few. */
const commonMin = 0.02;
const distinctMin = 5;
const fewMax = 50;

function homonym(pair: Pair): SourceConflict[] {
  const { a, b, common, spread, sameName } = pair;
  if (!sameName || a.kind !== b.kind || a.kind === "time" || a.kind === "boolean" || common >= commonMin || Math.min(a.filled, b.filled) === 0) return [];
  const areCodes = a.kind === "text" && Math.max(a.distinct, b.distinct) <= fewMax && common === 0;
  const areFar = Math.min(a.distinct, b.distinct) >= distinctMin && spread < (a.kind === "text" ? 0.5 : 0.3);
  return areCodes || areFar ? conflict("homonym", pair, `${a.name} is the name of something else in the second source: ${common === 0 ? "none" : percent(common)} of the values are common, and they are ${areCodes ? "other codes" : "spread otherwise"}`) : [];
}

function typeConflict(pair: Pair): SourceConflict[] {
  const { a, b } = pair;
  return a.kind === b.kind ? [] : conflict("type", pair, `${a.name} is ${a.type} in the first source, and ${b.name} ${b.type} in the second`);
}

function unitConflict(pair: Pair): SourceConflict[] {
  const { a, b } = pair;
  if (a.kind !== "number" || b.kind !== "number" || Math.min(a.distinct, b.distinct) < distinctMin) return [];
  const unit = a.quantiles && b.quantiles ? unitFactor(a.quantiles, b.quantiles) : undefined;
  if (unit === undefined) return [];
  const { factor, offset, text } = unit;
  return conflict("unit", pair, `${b.name} is ${Number(factor.toPrecision(4))} times ${a.name}${offset === 0 ? "" : ` and ${Number(offset.toPrecision(4))}`}: it may be ${text}`);
}

/** Of so many values the shapes are looked at. */
const shapeRows = 20_000;
/** Of the values that have one shape. */
const shapeShareMin = 0.6;

interface Shape {
  shape: string;
  share: number;
  example: string;
}

async function formatConflicts(from: RowsInput<unknown>, to: RowsInput<unknown>, pairs: readonly Pair[], run: RunStatement): Promise<SourceConflict[]> {
  const texts = pairs.filter(({ a, b }) => a.kind === "text" && b.kind === "text").slice(0, columnsMax);
  if (texts.length === 0) return [];
  const [ours, theirs] = [await shapesOf(from, texts.map(({ a }) => a.name), run), await shapesOf(to, texts.map(({ b }) => b.name), run)];
  return texts.flatMap((pair, i) => {
    const [a, b] = [ours.get(i), theirs.get(i)];
    if (!a || !b || a.shape === b.shape || Math.min(a.share, b.share) < shapeShareMin) return [];
    return conflict("format", pair, `${pair.a.name} is written as "${a.example}" in the first source, and ${pair.b.name} as "${b.example}" in the second`);
  });
}

/** The most frequent shape of each column: runs of digits, of capitals and of small letters are one sign each. */
async function shapesOf(input: RowsInput<unknown>, columns: readonly string[], run: RunStatement): Promise<Map<number, Shape>> {
  const source = rowsSql("find_conflicts", input);
  const each = columns.map((column, place) => {
    const value = sql`left(trim(cast(${sql.id(column)} as varchar)), 100)`;
    const shape = sql`regexp_replace(regexp_replace(regexp_replace(v, '\\d+', '9', 'g'), '\\p{Lu}+', 'A', 'g'), '\\p{Ll}+', 'a', 'g')`;
    return sql`(select ${sql.raw(String(place))} as place, shape, n / sum(n) over () as share, example from (select ${shape} as shape, count(*) as n, min(v) as example from (select ${value} as v from ${source} where ${sql.id(column)} is not null limit ${sql.raw(String(shapeRows))}) group by 1) order by n desc, shape limit 1)`;
  });
  const rows = await run(sql`${sql.join(each, sql` union all `)}`);
  return new Map(rows.map(({ place, shape, share, example }) => [Number(place), { shape: String(shape), share: Number(share), example: String(example) }]));
}

/** Columns of texts that are looked at. */
const columnsMax = 15;
/** Different values of a column that are looked at. */
const dividedValues = 5_000;
/** Of the values that have two parts, and of these those that are found in the other source. */
const partsMin = 0.5;

interface Side {
  input: RowsInput<unknown>;
  facts: readonly Facts[];
}

/** Columns of texts whose values are what two columns of the other source have: `name`, and `first` with `last`. */
async function dividedColumns(one: Side, other: Side, pairs: readonly Pair[], run: RunStatement): Promise<SourceConflict[]> {
  const hasPartner = ({ name }: Facts): boolean => pairs.some(({ a, b, common }) => common >= partsMin && (a.name === name || b.name === name));
  const isText = ({ kind, distinct }: Facts): boolean => kind === "text" && distinct > 1;
  const parts = other.facts.filter(isText).slice(0, columnsMax);
  const found: SourceConflict[] = [];
  if (parts.length < 2) return found;
  for (const whole of one.facts.filter((facts) => isText(facts) && !hasPartner(facts)).slice(0, columnsMax)) {
    const [first, last] = bestParts(await run(partsSql(one.input, whole.name, other.input, parts.map(({ name }) => name))));
    if (first === undefined || last === undefined) continue;
    found.push({ kind: "structure", from: [whole.name], to: [first, last], text: `${whole.name} is one column in one source, and ${first} with ${last} in the other` });
  }
  return found;
}

const turned = ({ from, to, ...rest }: SourceConflict): SourceConflict => ({ ...rest, from: to, to: from });

/** For each column of the other source: which share of the first parts, and of what is left, it has. */
function partsSql(one: RowsInput<unknown>, whole: string, other: RowsInput<unknown>, columns: readonly string[]): Sql {
  const [source, others] = [rowsSql("find_conflicts", one), rowsSql("find_conflicts", other)];
  const each = columns.map((column) => {
    const values = sql`(select lower(trim(cast(${sql.id(column)} as varchar))) from ${others} where ${sql.id(column)} is not null)`;
    return sql`select ${sql.text(column)} as name, avg((first in ${values})::int) as first, avg((rest in ${values})::int) as rest from parts`;
  });
  return sql`with chosen as materialized (select distinct lower(trim(cast(${sql.id(whole)} as varchar))) as v from ${source} where ${sql.id(whole)} is not null limit ${sql.raw(String(dividedValues))}), parts as materialized (select regexp_extract(v, '^([^\\s,;/]+)', 1) as first, nullif(regexp_extract(v, '^[^\\s,;/]+[\\s,;/]+(.+)$', 1), '') as rest from chosen) ${sql.join(each, sql` union all `)}`;
}

function bestParts(rows: readonly Readonly<Record<string, unknown>>[]): [first?: string, last?: string] {
  const best = (part: "first" | "rest", but?: string): string | undefined =>
    rows.filter((row) => row.name !== but && Number(row[part] ?? 0) >= partsMin).toSorted((a, b) => Number(b[part]) - Number(a[part]))[0]?.name as string | undefined;
  const first = best("first");
  return [first, first === undefined ? undefined : best("rest", first)];
}
