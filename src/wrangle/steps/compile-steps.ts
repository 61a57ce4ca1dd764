import { MillraceError } from "../../errors.ts";
import { sqlName, sqlText } from "../../lake/duckdb.ts";
import { bigint, type Field, json, type Relation, sameType, scalar, typeSql, varchar } from "../nested/nested-type.ts";
import { inputName } from "../nested/value.ts";
import { unfit } from "../nested/wrangle-error.ts";
import { cellTextSql } from "./cell-text.ts";
import { checkFree } from "./column-names.ts";
import { secretName } from "./protect/sql-keys.ts";
import { type ReadStep, sampleCount } from "./read-steps.ts";
import { Withheld } from "./withheld.ts";
import { changedFields, type ColumnChanges, type ColumnValue, makesRows } from "./step.ts";

/*
 * Steps as SQL: a chain of common table expressions, one for each step. Beside the columns that users see it carries what
 * the report and the quarantine are made of; the engine computes of these only what is asked for.
 *
 * Rows that were rejected stay in the chain, so that each rule's counts come of one scan; what they are worth to later steps
 * is nothing, and no window looks at them. They go where a step makes other rows, and at the end.
 */

/** The parts of a wrangling: of `rows` in, each is in `rows` or in `rejected`, but for steps that make other rows. */
export type WranglePart = "rows" | "rejected" | "report";

/** Columns that are carried along begin so. */
const hidden = "_mr_";
const why = sqlName(`${hidden}why`);
const stepOf = sqlName(`${hidden}step`);
const original = sqlName(`${hidden}row`);

/** A stretch of the chain in which rows stay rows. */
interface Segment {
  /** The last expression of it. */
  name: string;
  fields: readonly Field[];
  /** Its steps, with what they did to which column and the hidden column that says so. */
  steps: { step: ReadStep; marks: { column: string; mark: string }[] }[];
  /** The step that made its rows. */
  madeBy?: { step: ReadStep; from: string };
}

class Chain {
  readonly #expressions: string[] = [];
  readonly #segments: Segment[] = [];
  #marks: string[] = [];
  readonly #withheld: Withheld;

  constructor(input: Relation, withheld: Withheld) {
    const stray = input.fields.find(({ name }) => name.toLowerCase().startsWith(hidden));
    if (stray !== undefined) throw unfit(`column ${JSON.stringify(stray.name)} has a name that is kept for what steps write down`, "wrangle", "rename the column first");
    this.#withheld = withheld;
    this.#begin(input);
  }

  add(step: ReadStep): void {
    if (makesRows(step.kind)) return this.#reshape(step, step.kind.sql(step.options, this.#live()));
    const { name, fields } = this.#segment;
    const input: Relation = { from: name, fields };
    const changes = step.kind.scope === "row" ? step.kind.sql(step.options, input) : step.kind.sql(step.options, input, `${inputName}.${why} is not null`);
    this.#change(step, changes);
  }

  /** A part of the whole, as rows to select from. */
  part(part: WranglePart): Relation {
    const { select, fields } = { rows: () => this.#rows(), rejected: () => this.#rejected(), report: () => this.#report() }[part]();
    return { from: `(with ${this.#expressions.join(",\n")}\n${select})`, fields };
  }

  get #segment(): Segment {
    return this.#segments[this.#segments.length - 1];
  }

  #begin({ from, fields }: Relation, madeBy?: Segment["madeBy"]): void {
    this.#marks = [];
    const isWithheld = this.#withheld.columns(madeBy?.step.number ?? 0);
    const shown = fields.filter((field) => !isWithheld(field.name));
    const row = shown.length === 0 ? "'{}'::JSON" : `to_json(struct_pack(${shown.map((field) => `${sqlName(field.name)} := ${jsonSafe(field)}`).join(", ")}))`;
    const name = this.#express([...fields.map(({ name }) => `${inputName}.${sqlName(name)}`), `cast(null as VARCHAR) as ${why}`, `cast(null as BIGINT) as ${stepOf}`, `${row} as ${original}`], from);
    this.#segments.push({ name, fields, steps: [], madeBy });
  }

  #change(step: ReadStep, changes: ColumnChanges): void {
    const segment = this.#segment;
    const { first = [], set } = changes;
    const secretive = this.#withheld.reason(step);
    const reject = changes.reject === undefined || secretive === undefined ? changes.reject : `case when (${changes.reject}) is not null then ${sqlText(secretive)} end`;
    for (const { name, sql } of first) segment.name = this.#express([`${inputName}.*`, `${sql} as ${sqlName(name)}`], segment.name);
    const values = new Map(set.map(({ name, sql }) => [name, sql]));
    const fields = changedFields(segment.fields, changes);
    checkFree(fields.map(({ name }) => name), `step ${step.number}, ${step.name}`);
    const counted = step.kind.scope === "row" && step.kind.columnsOnly === true ? [] : set;
    const marks = counted.map(({ name }, i) => ({ column: name, mark: sqlName(`${hidden}${step.number}_${i}`) }));
    const rejected = reject === undefined ? [] : [`case when ${inputName}.${why} is null then ${reject} end`];
    const columns = [
      ...fields.map(({ name }) => (values.has(name) ? `${values.get(name)} as ${sqlName(name)}` : `${inputName}.${sqlName(name)}`)),
      reject === undefined ? `${inputName}.${why}` : `coalesce(${inputName}.${why}, ${rejected[0]}) as ${why}`,
      reject === undefined ? `${inputName}.${stepOf}` : `coalesce(${inputName}.${stepOf}, case when ${rejected[0]} is not null then ${step.number} end) as ${stepOf}`,
      `${inputName}.${original}`,
      ...this.#marks.map((mark) => `${inputName}.${mark}`),
      ...counted.map((value, i) => `${this.#mark(segment, value, rejected)} as ${marks[i].mark}`),
    ];
    this.#marks = [...this.#marks, ...marks.map(({ mark }) => mark)];
    segment.name = this.#express(columns, segment.name);
    segment.fields = fields;
    segment.steps.push({ step, marks });
  }

  /** What a cell was and is, where it reads otherwise than before and the row goes on. */
  #mark({ fields }: Segment, { name, sql, type }: ColumnValue, rejected: readonly string[]): string {
    const old = fields.find((field) => field.name === name);
    const was = `${inputName}.${sqlName(name)}`;
    const before = old === undefined ? "cast(null as VARCHAR)" : cellTextSql(was, old.type);
    const after = cellTextSql(`(${sql})`, type);
    const isChanged = old !== undefined && sameType(old.type, type) ? `(${sql}) is distinct from ${was}` : `${after} is distinct from ${before}`;
    const goesOn = [`${inputName}.${why} is null`, ...rejected.map((reason) => `${reason} is null`)].join(" and ");
    return `case when ${goesOn} and ${isChanged} then {'before': ${before}, 'after': ${after}} end`;
  }

  #reshape(step: ReadStep, result: Relation): void {
    const from = this.#segment.name;
    this.#begin(result, { step, from });
  }

  /** The rows that go on, without what is hidden. */
  #live(): Relation {
    const { name, fields } = this.#segment;
    return { from: `(select ${fields.map((field) => sqlName(field.name)).join(", ")} from ${name} where ${why} is null)`, fields };
  }

  #rows(): { select: string; fields: readonly Field[] } {
    const { from, fields } = this.#live();
    return { select: from.slice(1, -1), fields };
  }

  #rejected(): { select: string; fields: Field[] } {
    const rules = this.#segments.flatMap(({ steps }) => steps).map(({ step }) => `when ${step.number} then ${sqlText(step.name)}`);
    const rule = rules.length === 0 ? "null" : `case ${stepOf} ${rules.join(" ")} end`;
    const selects = this.#segments.map(({ name }) => `select ${stepOf} as step, cast(${rule} as VARCHAR) as rule, ${why} as reason, ${original} as row from ${name} where ${why} is not null`);
    return { select: selects.join("\nunion all\n"), fields: [{ name: "step", type: bigint }, { name: "rule", type: varchar }, { name: "reason", type: varchar }, { name: "row", type: json }] };
  }

  #report(): { select: string; fields: Field[] } {
    const selects = this.#segments.flatMap((segment) => [...(segment.madeBy ? [madeReport(segment.madeBy, segment)] : []), ...(segment.steps.length > 0 ? [segmentReport(segment, this.#withheld)] : [])]);
    const none = `select ${reportColumns.map(({ name, sql }) => `cast(null as ${sql}) as ${sqlName(name)}`).join(", ")} where false`;
    const all = selects.length === 0 ? none : selects.join("\nunion all\n");
    return { select: `select ${reportColumns.map(({ name }) => sqlName(name)).join(", ")} from (${all}) where changed > 0 or "column" is null`, fields: reportColumns.map(({ name, sql }) => ({ name, type: reportTypes[name] ?? scalar(sql) })) };
  }

  #express(columns: readonly string[], from: string): string {
    const name = `${hidden}${this.#expressions.length}`;
    this.#expressions.push(`${name} as (select ${columns.join(", ")} from ${from} as ${inputName})`);
    return name;
  }
}

/** JSON has neither NaN nor infinity, which the engine writes into it all the same. */
function jsonSafe({ name, type }: Field): string {
  const value = `${inputName}.${sqlName(name)}`;
  return /^(DOUBLE|FLOAT)$/.test(typeSql(type)) ? `case when isfinite(${value}) then ${value} end` : value;
}

const samplesSql = "STRUCT(before VARCHAR, after VARCHAR)[]";
const reportColumns = [
  { name: "step", sql: "BIGINT" },
  { name: "rule", sql: "VARCHAR" },
  { name: "column", sql: "VARCHAR" },
  { name: "rows_in", sql: "BIGINT" },
  { name: "rows_out", sql: "BIGINT" },
  { name: "rejected", sql: "BIGINT" },
  { name: "changed", sql: "BIGINT" },
  { name: "samples", sql: samplesSql },
];
const reportTypes: Record<string, Field["type"]> = { samples: { kind: "list", element: { kind: "struct", fields: [{ name: "before", type: varchar }, { name: "after", type: varchar }] } } };

/** A line of the report. Values are SQL. */
function line(step: ReadStep, values: { column?: string; rowsIn?: string; rowsOut?: string; rejected?: string; changed?: string; samples?: string }): string {
  const { column = "null", rowsIn = "null", rowsOut = "null", rejected = "null", changed = "null", samples = "null" } = values;
  const cells = [String(step.number), sqlText(step.name), column, rowsIn, rowsOut, rejected, changed, samples];
  return `struct_pack(${reportColumns.map(({ name, sql }, i) => `${sqlName(name)} := cast(${cells[i]} as ${sql})`).join(", ")})`;
}

/** All steps of a segment in one scan of it. */
function segmentReport({ name, steps }: Segment, withheld: Withheld): string {
  const lines = steps.flatMap(({ step, marks }) => {
    // Of no rows `count_if` gives null, not 0.
    const rowsIn = `coalesce(count_if(${stepOf} is null or ${stepOf} >= ${step.number}), 0)`;
    const rejected = `coalesce(count_if(${stepOf} is not distinct from ${step.number}), 0)`;
    return [
      line(step, { rowsIn, rejected, rowsOut: `${rowsIn} - ${rejected}` }),
      ...marks.map(({ column, mark }) => line(step, { column: sqlText(column), changed: `count(${mark})`, ...(!withheld.samples(step) && { samples: `approx_top_k(${mark}, ${sampleCount})` }) })),
    ];
  });
  return `select unnest([${lines.join(", ")}], recursive := true) from ${name}`;
}

function madeReport({ step, from }: { step: ReadStep; from: string }, { name }: Segment): string {
  return `select unnest([${line(step, { rowsIn: `(select count(*) from ${from} where ${why} is null)`, rowsOut: `(select count(*) from ${name})`, rejected: "0" })}], recursive := true)`;
}

/** @throws MillraceError `MR-SECRET-002` when a step needs a secret that the statement is not given */
function checkSecrets(steps: readonly ReadStep[], secrets: ReadonlySet<string>): void {
  for (const { kind, options, number, name } of steps) {
    if (kind.secret === undefined || kind.inMemory) continue;
    const secret = secretName(kind.secret(options), kind.kind);
    if (!secrets.has(secret)) throw new MillraceError("MR-SECRET-002", { what: `the statement is not given secret "${secret}", or it is too short to be a key`, where: `step ${number}, ${name}`, mend: "statements of the project are given what their steps name: write it as a model, or as an SQL task; a key has at least 16 characters" });
  }
}

/**
 * A part of what steps make of rows.
 * @param secrets - names of those that the statement is given
 * @throws MillraceError `MR-WRANGLE-001` for steps that do not fit the rows
 */
export function compileSteps(steps: readonly ReadStep[], input: Relation, part: WranglePart, secrets: ReadonlySet<string> = new Set()): Relation {
  checkSecrets(steps, secrets);
  const chain = new Chain(input, new Withheld(steps));
  for (const step of steps) chain.add(step);
  return chain.part(part);
}
