import { type Rows, type RowsInput, reshapingCall, rowsSql } from "../../model/nested.ts";
import { definitionKind, type TableDefinition } from "../../model/definition.ts";
import { type Sql, sql } from "../../model/sql-tag.ts";
import { unfit } from "../nested/wrangle-error.ts";
import { BlockMatcher, type BlockMatcherOptions, EntityMatcher, type EntityMatcherOptions } from "./matcher.ts";
import { sourceColumn } from "./pairs.ts";
import { type ColumnOf, type EntityRules, type ReadRules, readRules } from "./rules.ts";
import { blocksOf, type BlockRow, type RunStatement, train, type Training, type TrainOptions } from "./train.ts";
import { type EntityModel, printModel, readWeights } from "./trained-model.ts";

/** A pair of rows that were compared. Beside these columns it has `<key>_l` and `<key>_r`, where there are several sources `<source>_l` and `<source>_r`, and for each comparison `level_<name>` and `weight_<name>`. */
export interface PairRow {
  [column: string]: unknown;
  /** The first blocking rule that holds for it, from 1. */
  rule: number;
  /** In bits: what was known before, and what each comparison adds. */
  weight: number;
  probability: number;
}

/** Rows among which some are one and the same, and how these are found. */
export interface Linking {
  readonly rules: EntityRules;
  /** The rows that are compared, as they stand behind FROM. */
  readonly input: Sql;
  /** Columns that name a row: the source where there are several, and the key. */
  readonly names: readonly string[];
  /** How many pairs each blocking rule makes: what it costs, before it is paid. */
  readonly blocks: Rows<BlockRow>;
  /**
   * Learns a model from the rows, of which nobody has said which are one.
   *
   * @example
   * const lake = connect({ url, token });
   * const { model, warnings } = await found.train((statement) => lake.sql`${statement}`);
   * console.log(found.print(model));
   */
  train(run: RunStatement, options?: TrainOptions): Promise<Training>;
  /** The model as TypeScript, to be looked at and kept as code. */
  print(model: EntityModel): string;
  /** The pairs that are likely one. @param options.probability - the least that is given. Default 0.5 */
  pairs(model: EntityModel, options?: { probability?: number }): Rows<PairRow>;
  /** Finds for single records, as they come, the rows that they are one with. It keeps what it is given in memory. */
  matcher(model: EntityModel, options?: EntityMatcherOptions): EntityMatcher;
  /** The same for stages that are keyed by blocks, and remember the rows of each. */
  blockMatcher(model: EntityModel, options?: BlockMatcherOptions): BlockMatcher;
}

/**
 * Rows of one dataset that mean the same person or thing.
 *
 * @example
 * const doubles = dedupe(people, {
 *   key: "id",
 *   block: [["surname", "born"], { soundex: "surname" }],
 *   compare: [{ column: "given", levels: ["exact", { jaroWinkler: 0.9 }], frequency: true }, { column: "born", levels: ["exact", { days: 31 }] }],
 * });
 * @throws MillraceError `MR-WRANGLE-001` for rules that cannot be
 */
export function dedupe<T, const C extends ColumnOf<T>>(input: RowsInput<T>, rules: EntityRules<C>): Linking {
  return linking(rowsSql("dedupe", input), plain(rules));
}

export interface LinkRules<C extends string = string> extends EntityRules<C> {
  /** What the two sources are called in pairs. Default: the names of the tables; `left` and `right` for what is none. */
  sources?: readonly [string, string];
}

/**
 * Rows of two datasets that mean the same: each of `a` is compared with those of `b` alone. Both have the columns that the
 * rules name; `wrangle` and `applyMapping` bring them to that.
 * @throws MillraceError `MR-WRANGLE-001` for rules that cannot be
 */
export function link<A, B, const C extends ColumnOf<A> & ColumnOf<B>>(a: RowsInput<A>, b: RowsInput<B>, { sources, ...rules }: LinkRules<C>): Linking {
  const names = sources ?? ([nameOf(a) ?? "left", nameOf(b) ?? "right"] as const);
  if (names[0] === names[1]) throw unfit(`both sources are called ${JSON.stringify(names[0])}`, "link", 'call them by names of their own: sources: ["crm", "shop"]');
  const columns = columnsOf(readRules(plain(rules)));
  const side = (input: unknown, i: number): Sql => sql`select ${sql.text(names[i])} as ${sql.id(sourceColumn)}, ${sql.join(columns.map((column) => sql.id(column)))} from ${rowsSql("link", input)}`;
  return linking(sql`(${side(a, 0)} union all ${side(b, 1)})`, { ...plain(rules), source: sourceColumn });
}

const nameOf = (input: unknown): string | undefined => (definitionKind(input as TableDefinition) === undefined ? undefined : (input as TableDefinition).name);

function columnsOf({ key, block, compare }: ReadRules): string[] {
  return [...new Set([key, ...block.flatMap(({ parts }) => parts.map(({ column }) => column)), ...compare.map(({ column }) => column)])];
}

function linking(input: Sql, rules: EntityRules & { source?: string }): Linking {
  const read = readRules(rules);
  const names = read.source === undefined ? [read.key] : [read.source, read.key];
  return {
    rules,
    input,
    names,
    blocks: blocksOf(input, rules),
    train: (run, options) => train(input, rules, run, options),
    print: (model) => printModel(model, read),
    pairs: (model, { probability = 0.5 } = {}) => {
      readWeights(read, model);
      return reshapingCall("entity_pairs", input, [rules, model], { probability });
    },
    matcher: (model, options) => new EntityMatcher(read, model, options),
    blockMatcher: (model, options) => new BlockMatcher(read, model, options),
  };
}

/** Without what is absent: SQL has no word for it. */
function plain<C extends string>(rules: EntityRules<C>): EntityRules<C> {
  return JSON.parse(JSON.stringify(rules)) as EntityRules<C>;
}
