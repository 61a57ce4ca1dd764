import { type RowsInput, reshapingCall } from "../../model/nested.ts";
import { sql } from "../../model/sql-tag.ts";
import type { RunStatement } from "../entities/train.ts";
import { mappingConstant } from "../nested/mapping-text.ts";
import { type ValueKind, sketchSize } from "./column-facts.ts";
import { nameLikeness } from "./name-likeness.ts";

/** What speaks for two columns being the same thing, each from 0 to 1. */
export interface ColumnEvidence {
  /** How alike their names are. */
  name: number;
  /** Values that both have, of all that one of them has. */
  values: number;
  /** How alike their values are spread: numbers and times by value, texts by length and digits. */
  spread: number;
  /** 1 for types of one kind, 0.8 where values of one can be written as the other. */
  type: number;
}

/** A column of one source and the one of the other that it seems to be. */
export interface ColumnProposal {
  from: string;
  fromType: string;
  to: string;
  type: string;
  /** 0 to 1: what speaks for it, taken together. */
  score: number;
  evidence: ColumnEvidence;
}

export interface ColumnMatching {
  /** The likeliest first; each column stands in one at most. */
  proposals: ColumnProposal[];
  /** Columns of the first source for which nothing was found, and of the second. */
  unmatched: { from: string[]; to: string[] };
  /** The proposals as lines of `applyMapping`, in the order of the second source. */
  mapping: readonly (readonly [from: string, fromType: string, to: string, type: string])[];
  /** The mapping as TypeScript, with what speaks for each line beside it: for a person to confirm, and to keep as code. */
  print(): string;
}

export interface MatchColumnsOptions {
  /** The least score of a proposal. Default 0.5. */
  scoreMin?: number;
}

/**
 * Proposes which columns of one source are which of another one, by names, types, values and how they are spread. It decides
 * nothing: a person looks at the proposals, and what is kept is a mapping.
 *
 * @param run - runs a statement for each source: `(statement) => lake.sql`${statement}``
 * @example
 * const { print } = await matchColumns(shop, crm, (statement) => lake.sql`${statement}`);
 * console.log(print());
 * @throws MillraceError `MR-WRANGLE-001` when a source has no columns that can be compared
 */
export async function matchColumns<A, B>(from: RowsInput<A>, to: RowsInput<B>, run: RunStatement, { scoreMin = 0.5 }: MatchColumnsOptions = {}): Promise<ColumnMatching> {
  return matched(await factsOf(from, run), await factsOf(to, run), scoreMin);
}

/** Columns of which each is known. */
export function matched(ours: readonly Facts[], theirs: readonly Facts[], scoreMin = 0.5): ColumnMatching {
  const pairs = ours.flatMap((a) => theirs.map((b) => ({ a, b, ...likeness(a, b) })));
  const likely = pairs.filter(({ score }) => score >= scoreMin).sort((x, y) => y.score - x.score || x.a.place - y.a.place || x.b.place - y.b.place);
  const taken = { from: new Set<Facts>(), to: new Set<Facts>() };
  const chosen = likely.filter(({ a, b }) => {
    if (taken.from.has(a) || taken.to.has(b)) return false;
    taken.from.add(a);
    taken.to.add(b);
    return true;
  });
  const proposals = chosen.map(({ a, b, score, evidence }): ColumnProposal => ({ from: a.name, fromType: a.type, to: b.name, type: b.type, score, evidence }));
  const inOrder = chosen.toSorted((x, y) => x.b.place - y.b.place).map(({ a }) => proposals.find((each) => each.from === a.name) as ColumnProposal);
  return {
    proposals,
    unmatched: { from: ours.filter((each) => !taken.from.has(each)).map(({ name }) => name), to: theirs.filter((each) => !taken.to.has(each)).map(({ name }) => name) },
    mapping: inOrder.map(({ from, fromType, to, type }) => [from, fromType, to, type] as const),
    print: () => printed(inOrder),
  };
}

function printed(proposals: readonly ColumnProposal[]): string {
  return mappingConstant(proposals, (line) => {
    const { score, evidence: { name, values, spread } } = proposals[line];
    return `${score.toFixed(2)}: name ${name.toFixed(2)}, values ${values.toFixed(2)}, spread ${spread.toFixed(2)}`;
  });
}

/** What is known of a column. */
export interface Facts {
  place: number;
  name: string;
  type: string;
  kind: ValueKind;
  filled: number;
  distinct: number;
  quantiles: number[] | null;
  digitShare: number;
  digests: bigint[];
}

export async function factsOf(input: RowsInput<unknown>, run: RunStatement): Promise<Facts[]> {
  return (await run(sql`select * from ${reshapingCall("column_facts", input, [], {})} order by place`)).map(readFacts);
}

function readFacts(row: Readonly<Record<string, unknown>>): Facts {
  return {
    place: Number(row.place),
    name: String(row.name),
    type: String(row.type),
    kind: row.kind as ValueKind,
    filled: Number(row.filled),
    distinct: Number(row.distinct_values),
    quantiles: row.quantiles === null ? null : (row.quantiles as unknown[]).map(Number),
    digitShare: Number(row.digit_share ?? 0),
    digests: ((row.digests ?? []) as string[]).map(BigInt).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)),
  };
}

/** How much each kind of evidence can say by itself. */
const trust = { name: 0.8, values: 0.9, spread: 0.35 };

/** Any strong evidence is enough, and several weak ones add up: what is left of doubt is multiplied. */
export function likeness(a: Facts, b: Facts): { score: number; evidence: ColumnEvidence } {
  const evidence: ColumnEvidence = { name: nameLikeness(a.name, b.name), values: commonValues(a, b), spread: sameSpread(a, b), type: a.kind === b.kind ? 1 : a.kind === "text" || b.kind === "text" ? 0.8 : 0 };
  // Two columns of yes and no share all of their values, and it says nothing.
  const telling = Math.min(1, Math.log2(Math.max(1, Math.min(a.distinct, b.distinct))) / 5);
  const doubt = (1 - trust.name * evidence.name) * (1 - trust.values * evidence.values * telling) * (1 - trust.spread * evidence.spread * telling);
  return { score: evidence.type * (1 - doubt), evidence };
}

/** Of the smallest digests of both together, those that both have: as if drawn by lot from all values. */
function commonValues(a: Facts, b: Facts): number {
  const [of, other] = [new Set(a.digests), new Set(b.digests)];
  const all = [...new Set([...of, ...other])].sort((x, y) => (x < y ? -1 : 1)).slice(0, sketchSize);
  return all.length === 0 ? 0 : all.filter((digest) => of.has(digest) && other.has(digest)).length / all.length;
}

function sameSpread(a: Facts, b: Facts): number {
  if (a.quantiles === null || b.quantiles === null || a.kind !== b.kind) return 0;
  const [of, other] = [a.quantiles, b.quantiles];
  if (![...of, ...other].every(Number.isFinite)) return 0;
  const width = Math.max(of[4], other[4]) - Math.min(of[0], other[0]);
  const apart = of.reduce((sum, each, i) => sum + Math.abs(each - other[i]), 0) / of.length;
  const same = width === 0 ? 1 : 1 - apart / width;
  return a.kind === "text" ? same * (1 - Math.abs(a.digitShare - b.digitShare)) : same;
}
