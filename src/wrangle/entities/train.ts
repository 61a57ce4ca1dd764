import { type RowsInput, type Rows, reshapingCall } from "../../model/nested.ts";
import { type Sql, sql } from "../../model/sql-tag.ts";
import { unfit } from "../nested/wrangle-error.ts";
import { type Expectation, expectationMaximisation, likelihood, type Pattern, sharesOf } from "./expectation-maximisation.ts";
import { type BlockingRule, type EntityRules, type ReadRules, readRules } from "./rules.ts";
import type { EntityModel } from "./trained-model.ts";

/** Runs a statement: `(statement) => lake.sql`${statement}`` with the client, or whatever else gives rows by column. */
export type RunStatement = (statement: Sql) => PromiseLike<readonly Readonly<Record<string, unknown>>[]>;

export interface TrainOptions {
  /** Pairs of rows drawn by lot, by which it is learned how often rows that are not one resemble each other. Default 1,000,000, at most 100,000,000. */
  chancePairs?: number;
  /** Rules under which it is learned how rows that are one resemble each other, by their place in `block`, from 0. Default: all. */
  under?: readonly number[];
  /**
   * The part of all pairs that are one, where it is known; or rules that hold for hardly any pair but such, with the part of
   * them, over 0 to 1, for which one of these rules holds. Default: as many as the model itself finds among the pairs that blocking makes.
   */
  prior?: number | { certain: readonly BlockingRule[]; recall: number };
}

/** What was learned under one blocking rule. */
export interface TrainingSession {
  rule: string;
  pairs: number;
  /** Pairs of it that are one, as training sees it. */
  matches: number;
  rounds: number;
  converged: boolean;
}

export interface Training {
  model: EntityModel;
  sessions: TrainingSession[];
  /** What a person should look at before the model is used. */
  warnings: string[];
}

/**
 * Learns a model from rows of which nobody has said which are one. It runs some statements, each of which gives counts alone.
 * Under each blocking rule it learns of the columns that are no part of the rule; what several rules say is brought together
 * by the median.
 *
 * @throws MillraceError `MR-WRANGLE-001` for rules that cannot be, or a comparison of which no rule can tell; `MR-WRANGLE-003` when
 * more pairs would be compared than `pairsMax`
 */
export async function train<T>(input: RowsInput<T>, given: EntityRules, run: RunStatement, options: TrainOptions = {}): Promise<Training> {
  const rules = readRules(given);
  const { chancePairs = 1_000_000, under = rules.block.map((_, i) => i) } = options;
  if (under.length === 0 || under.some((rule) => rules.block[rule] === undefined)) throw unfit(`under is ${JSON.stringify(under)}`, "train", `give places of blocking rules, from 0 to ${rules.block.length - 1}`);
  const patterns = async (pairing: object, by = given): Promise<Pattern[]> => patternsOf(rules, await run(sql`select * from ${reshapingCall("entity_patterns", input, [by], { ...pairing })}`));
  const all = Number((await run(sql`select pairs from ${blocksOf(input, given)} where rule = 0`))[0]?.pairs ?? 0);
  const chance = await patterns({ chance: chancePairs });
  const u = rules.compare.map(({ levels }, i) => sharesOf(chance, chance.map(() => 1), i, levels.length + 1));
  const learned: Learned[] = [];
  for (const rule of under) {
    const found = await patterns({ rule });
    const without = blockedBy(rules, rule);
    learned.push({ rule, without, pairs: count(found), found: expectationMaximisation(found, { u, without }) });
  }
  const m = rules.compare.map((_, i) => together(rules, learned, i));
  const prior = within(typeof options.prior === "object" ? certainPart(await patterns({}, { ...given, block: options.prior.certain }), options.prior.recall, all) : (options.prior ?? likelyPart(await patterns({}), m, u, all)));
  const model: EntityModel = { prior, levels: Object.fromEntries(rules.compare.map(({ name }, i) => [name, { m: m[i], u: u[i] }])) };
  return { model, sessions: learned.map((each) => sessionOf(rules, each)), warnings: warningsOf(rules, learned, m, u) };
}

/** What a blocking rule costs. */
export interface BlockRow {
  /** From 1; 0 is no rule, and all rows with all. */
  rule: number;
  name: string;
  pairs: number;
  /** The key that makes most of them, and how many. */
  worst_key: string | null;
  worst_pairs: number | null;
}

/** How many pairs each blocking rule makes, and which of its keys makes most. */
export function blocksOf<T>(input: RowsInput<T>, rules: EntityRules): Rows<BlockRow> {
  return reshapingCall("entity_blocks", input, [rules], {});
}

interface Learned {
  rule: number;
  without: ReadonlySet<number>;
  pairs: number;
  found: Expectation;
}

function patternsOf(rules: ReadRules, rows: Awaited<ReturnType<RunStatement>>): Pattern[] {
  return rows.map((row) => ({ levels: rules.compare.map(({ name, levels }) => (Number(row[name]) < 0 ? -1 : levels.length - Number(row[name]))), pairs: Number(row._pairs) }));
}

/** The comparisons of columns that a rule looks at. */
function blockedBy({ block, compare }: ReadRules, rule: number): Set<number> {
  const columns = new Set(block[rule].parts.map(({ column }) => column.toLowerCase()));
  return new Set(compare.flatMap(({ column }, i) => (columns.has(column.toLowerCase()) ? [i] : [])));
}

/** What the sessions that can tell of a comparison say of it: the median of each level, so that they add up to 1. */
function together({ compare }: ReadRules, learned: readonly Learned[], i: number): number[] {
  const telling = learned.filter(({ without, pairs }) => !without.has(i) && pairs > 0);
  if (telling.length === 0) {
    const rest = learned.every(({ without }) => without.has(i));
    throw unfit(`nothing can be learned of comparison ${JSON.stringify(compare[i].name)}: ${rest ? "its column is a part of every blocking rule" : "the rules that do not look at its column make no pairs"}`, "train", "add a blocking rule over other columns, or leave the comparison out");
  }
  const medians = telling[0].found.m[i].map((_, level) => median(telling.map(({ found }) => found.m[i][level])));
  const sum = medians.reduce((total, share) => total + share, 0);
  return medians.map((share) => share / sum);
}

const count = (patterns: readonly Pattern[]): number => patterns.reduce((sum, { pairs }) => sum + pairs, 0);

/** The part of all pairs that are one, when rules that are certain see a known part of them. */
function certainPart(patterns: readonly Pattern[], recall: number, all: number): number {
  if (!(recall > 0 && recall <= 1)) throw unfit(`recall is ${JSON.stringify(recall)}`, "train", "give the part of the pairs that are one which the certain rules see: over 0 to 1");
  return count(patterns) / recall / all;
}

/** The part of all pairs that are one, when it is as many as a model with this part finds: each pair as much as it is likely one. */
function likelyPart(patterns: readonly Pattern[], m: readonly (readonly number[])[], u: readonly (readonly number[])[], all: number): number {
  const compared = m.map((_, i) => i);
  let part = Math.min(0.5, count(patterns) / all);
  for (let round = 0; round < 100; round++) {
    const matching = within(part);
    part = patterns.reduce((sum, pattern) => sum + pattern.pairs * likelihood(pattern, m, u, matching, compared), 0) / all;
    if (Math.abs(part - matching) < 1e-6 * matching) break;
  }
  return part;
}

/** Never 0 nor 1, which no comparison could change. */
const within = (part: number): number => (part > priorMin ? Math.min(part, 0.5) : priorMin);

function sessionOf(rules: ReadRules, { rule, pairs, found: { matching, rounds, converged } }: Learned): TrainingSession {
  return { rule: rules.block[rule].name, pairs, matches: Math.round(matching * pairs), rounds, converged };
}

function warningsOf(rules: ReadRules, learned: readonly Learned[], m: readonly (readonly number[])[], u: readonly (readonly number[])[]): string[] {
  const slow = learned.filter(({ found }) => !found.converged).map(({ rule, found }) => `under ${rules.block[rule].name} the shares still moved after ${found.rounds} rounds`);
  const few = learned.filter(({ pairs, found }) => found.matching * pairs < fewMatches).map(({ rule, pairs, found }) => `under ${rules.block[rule].name} only ${Math.round(found.matching * pairs)} pairs seem to be one: what it says is little worth`);
  const turned = rules.compare.flatMap(({ name, levels }, i) => (m[i][0] < u[i][0] ? [`${name}: ${levels[0].label} speaks against a pair`] : []));
  return [...slow, ...few, ...turned];
}

const fewMatches = 20;
const priorMin = 1e-15;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
