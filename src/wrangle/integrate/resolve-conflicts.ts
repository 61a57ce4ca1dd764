import { sqlName, sqlText } from "../../lake/duckdb.ts";
import { namedFields } from "../nested/column-choice.ts";
import { bigint, type Field, type Relation, typeSql, varchar } from "../nested/nested-type.ts";
import { structSql } from "../nested/cast.ts";
import { unfit } from "../nested/wrangle-error.ts";
import { OptionReader } from "../steps/option-reader.ts";

/**
 * Which of several values for one thing is taken.
 *
 * | policy | the value |
 * |---|---|
 * | `"newest"`, `"oldest"` | of the row with the latest or earliest time |
 * | `"majority"` | that most rows have |
 * | `"longest"` | with most letters |
 * | `"complete"` | of the row with the fewest nulls |
 * | `"greatest"`, `"least"` | itself the greatest or least |
 * | `{ trusted: ["crm", "shop"] }` | of the source that stands first; sources that are not named come last |
 *
 * A null is never taken where there is a value. Of values that are alike good the one of the newest row is taken, then of the
 * source and the row that come first, so that the same rows always give the same.
 */
export type ConflictPolicy = "newest" | "oldest" | "majority" | "longest" | "complete" | "greatest" | "least" | { readonly trusted: readonly string[] };

const plainPolicies = ["newest", "oldest", "majority", "longest", "complete", "greatest", "least"] as const;

/** Options of `resolve_conflicts`, read. */
interface Conflicts {
  cluster: string;
  key: string;
  source?: string;
  time?: string;
  policy: ConflictPolicy;
  columns: Record<string, ConflictPolicy>;
}

const where = "resolve_conflicts";

export function readConflicts(given: Readonly<Record<string, unknown>>): Conflicts {
  const { columns = {}, policy = "majority", ...rest } = given;
  const options = new OptionReader(where, rest);
  const text = (name: string): string | undefined => (options.has(name) ? options.text(name) : undefined);
  if (typeof columns !== "object" || columns === null || Array.isArray(columns)) throw unfit("columns are no policies by name", where, "write {'email': 'newest'}");
  const read = { cluster: options.text("cluster", "cluster"), key: options.text("key"), source: text("source"), time: text("time"), policy: readPolicy(policy), columns: Object.fromEntries(Object.entries(columns).map(([name, each]) => [name, readPolicy(each)])) };
  options.end();
  return read;
}

function readPolicy(given: unknown): ConflictPolicy {
  if (plainPolicies.includes(given as "newest")) return given as ConflictPolicy;
  const { trusted } = (typeof given === "object" && given !== null ? given : {}) as { trusted?: unknown };
  if (Array.isArray(trusted) && trusted.length > 0 && trusted.every((source) => typeof source === "string")) return { trusted };
  throw unfit(`${JSON.stringify(given)} is no policy`, where, `use ${plainPolicies.map((each) => JSON.stringify(each)).join(", ")}, or { trusted: ["crm", "shop"] }`);
}

/** Where the values came from: a struct with a field for each column. */
const cameFrom = "came_from";
const rowCount = "rows";

/** Columns that say what a row is. */
interface Roles {
  cluster: Field;
  key: Field;
  source: Field | undefined;
  time: Field | undefined;
}

/**
 * One row for each cluster: of each column the value that its policy takes, and where it came from.
 * @throws MillraceError `MR-WRANGLE-001` for a policy that lacks the column that it looks at
 */
export function resolveConflicts({ from, fields }: Relation, options: Conflicts): Relation {
  const named = (name: string): Field => namedFields(fields, [name], where)[0];
  const maybe = (name: string | undefined): Field | undefined => (name === undefined ? undefined : named(name));
  const roles: Roles = { cluster: named(options.cluster), key: named(options.key), source: maybe(options.source), time: maybe(options.time) };
  const own = new Set<Field | undefined>(Object.values(roles));
  const chosen = fields.filter((field) => !own.has(field));
  checkNames(chosen);
  const policies = new Map(Object.entries(options.columns).map(([name, policy]) => [named(name), policy]));
  const stray = [...policies.keys()].find((field) => own.has(field));
  if (stray !== undefined) throw unfit(`column ${JSON.stringify(stray.name)} says what a row is, and has no policy`, where, "leave it out of columns");
  const policyOf = (field: Field): ConflictPolicy => policies.get(field) ?? options.policy;
  const cluster = of(roles.cluster);
  const counts = chosen.flatMap((field, i) => (policyOf(field) === "majority" ? [`count(*) over (partition by ${cluster}, ${of(field)}) as ${countName(i)}`] : []));
  const nulls = chosen.map((field) => `case when ${of(field)} is null then 1 else 0 end`).join(" + ");
  const ranked = `select i.*, ${[`${nulls} as nulls`, ...counts].join(", ")} from ${from} as i`;
  const picked = chosen.map((field, i) => `${pickedSql(roles, field, policyOf(field), i)} as p${i}`);
  const grouped = `select ${[`${cluster} as cluster`, `count(*) as ${rowCount}`, ...picked].join(", ")} from (${ranked}) as i where ${cluster} is not null group by ${cluster}`;
  const origins = structSql(chosen.map(({ name }, i) => ({ name, sql: `p${i}.s` })));
  const columns = [`cluster as ${sqlName(roles.cluster.name)}`, ...chosen.map(({ name }, i) => `p${i}.v as ${sqlName(name)}`), rowCount, `${origins} as ${cameFrom}`];
  const origin: Field = { name: cameFrom, type: { kind: "struct", fields: chosen.map(({ name }) => ({ name, type: varchar })) } };
  return { from: `(select ${columns.join(", ")} from (${grouped}))`, fields: [roles.cluster, ...chosen, { name: rowCount, type: bigint }, origin] };
}

const of = ({ name }: Field): string => `i.${sqlName(name)}`;
/** How many rows of the cluster have the same value. */
const countName = (i: number): string => `_mr_n${i}`;

function checkNames(chosen: readonly Field[]): void {
  if (chosen.length === 0) throw unfit("there is no column beside those that say what a row is", where, "join the clusters with the rows that they are of");
  const taken = chosen.find(({ name }) => [cameFrom, rowCount, "nulls"].includes(name.toLowerCase()) || name.startsWith("_mr_"));
  if (taken !== undefined) throw unfit(`column ${JSON.stringify(taken.name)} has a name that is kept for the result`, where, "rename the column first");
}

/** The value that is taken, and where it came from. */
function pickedSql(roles: Roles, field: Field, policy: ConflictPolicy, i: number): string {
  const { key, source, time } = roles;
  const origin = `cast(${of(source ?? key)} as VARCHAR)`;
  const last = [...(time === undefined ? [] : [`${of(time)} desc nulls last`]), ...(source === undefined ? [] : [of(source)]), of(key)];
  const order = [`${of(field)} is null`, orderSql(roles, field, policy, i), ...last];
  return `first(struct_pack(v := ${of(field)}, s := case when ${of(field)} is not null then ${origin} end) order by ${order.join(", ")})`;
}

function orderSql({ source, time }: Roles, field: Field, policy: ConflictPolicy, i: number): string {
  if (typeof policy === "object") {
    if (source === undefined) throw unfit("a policy trusts sources, and it is not said which column names them", where, "give source");
    return `case cast(${of(source)} as VARCHAR) ${policy.trusted.map((name, rank) => `when ${sqlText(name)} then ${rank}`).join(" ")} else ${policy.trusted.length} end`;
  }
  if (policy === "newest" || policy === "oldest") {
    if (time === undefined) throw unfit(`the policy ${JSON.stringify(policy)} looks at times, and it is not said which column has them`, where, "give time");
    return `${of(time)} ${policy === "newest" ? "desc" : "asc"} nulls last`;
  }
  if (policy === "longest" && typeSql(field.type) !== "VARCHAR") throw unfit(`the policy "longest" takes text, and column ${JSON.stringify(field.name)} is ${typeSql(field.type)}`, where, "give it another policy in columns");
  return { majority: `i.${countName(i)} desc`, longest: `length(${of(field)}) desc`, complete: "i.nulls", greatest: `${of(field)} desc`, least: `${of(field)} asc` }[policy];
}
