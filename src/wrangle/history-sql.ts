import { sqlName } from "../lake/duckdb.ts";
import type { HistoryDecl } from "../model/models/model-decl.ts";

/*
 * A slowly changing dimension of type 2, as one statement: of the rows that a source gives now and the versions that are kept,
 * the versions that are new or that have ended. They are merged into the table by `version_id`. Nulls compare like values.
 */

/** Columns that a history has beside those of its statement, with their types as DuckDB calls them. */
export const historyColumns = [
  { name: "version_id", type: "VARCHAR" },
  { name: "valid_from", type: "TIMESTAMP WITH TIME ZONE" },
  { name: "valid_to", type: "TIMESTAMP WITH TIME ZONE" },
  { name: "is_deleted", type: "BOOLEAN" },
] as const;

export interface HistoryParts {
  decl: HistoryDecl;
  /** The statement that gives the rows as they are now. */
  source: string;
  /** What it gives. */
  columns: readonly string[];
  /** The table as SQL names it, and its columns without `historyColumns`; absent while it has no rows. */
  held?: { table: string; columns: readonly string[] };
  /** When the rows were looked at, as SQL; the same when the work is done again. */
  now: string;
}

/** @returns a SELECT of versions: columns of the source and of the table, and `historyColumns` */
export function historySql(parts: HistoryParts): string {
  const { decl, source, columns, held, now } = parts;
  const since = decl.updatedAt === undefined ? now : `cast(source.${sqlName(decl.updatedAt)} as timestamptz)`;
  const given = `source as (${source}\n)`;
  if (held === undefined) return `with ${given}\nselect ${version(columns, columns, decl, since)} from source`;
  const all = [...columns, ...held.columns.filter((name) => !columns.some((one) => one.toLowerCase() === name.toLowerCase()))];
  const ctes = [
    given,
    `held as (select * from ${held.table} where valid_to is null)`,
    `known as (select version_id from ${held.table})`,
    // A version that is back after its end is another one, and begins now.
    `dated as (select source.*, ${since} as since_, ${versionId(decl, since)} in (select version_id from known) as was_ from source)`,
    `matched as (select source, held, case when held.is_deleted or (held.version_id is null and source.was_) then ${now} else source.since_ end as since from dated as source left join held on ${sameKey(decl.key)})`,
    `changed as (select * from matched where held.version_id is null or held.is_deleted or ${differs(decl, columns)})`,
  ];
  const versions = [`select ${version(all, columns, decl, "since")} from changed`, `select ${ended(all, "since")} from changed where held.version_id is not null`];
  if (decl.deleted !== "keep") {
    ctes.push(`gone as (select held from held where not held.is_deleted and not exists (select 1 from source where ${sameKey(decl.key)}))`);
    versions.push(`select ${ended(all, now)} from gone`);
  }
  if (decl.deleted === "mark") versions.push(`select ${marked(all, decl, now)} from gone`);
  return `with ${ctes.join(",\n")}\n${versions.join("\nunion all\n")}`;
}

/** The version of a row that holds from now on. What the source gives no more is null. */
function version(all: readonly string[], given: readonly string[], decl: HistoryDecl, since: string): string {
  const values = all.map((name) => (given.includes(name) ? `source.${sqlName(name)} as ${sqlName(name)}` : `null as ${sqlName(name)}`));
  return [...values, `${versionId(decl, since)} as version_id`, `${since} as valid_from`, "cast(null as timestamptz) as valid_to", "false as is_deleted"].join(", ");
}

/** A version that is kept, with its end. */
function ended(all: readonly string[], end: string): string {
  return [...kept(all), "held.version_id", "held.valid_from", `${end} as valid_to`, "held.is_deleted"].join(", ");
}

/** The version that says that its row is gone. */
function marked(all: readonly string[], decl: HistoryDecl, now: string): string {
  return [...kept(all), `${versionId(decl, now, "held")} as version_id`, `${now} as valid_from`, "cast(null as timestamptz) as valid_to", "true as is_deleted"].join(", ");
}

const kept = (all: readonly string[]): string[] => all.map((name) => `held.${sqlName(name)} as ${sqlName(name)}`);

function sameKey(key: readonly string[]): string {
  return key.map((column) => `source.${sqlName(column)} is not distinct from held.${sqlName(column)}`).join(" and ");
}

function differs({ key, updatedAt, compare }: HistoryDecl, columns: readonly string[]): string {
  if (updatedAt !== undefined) return "(since > held.valid_from or (held.valid_from is null and since is not null))";
  const looked = compare ?? columns.filter((column) => !key.includes(column));
  return looked.length === 0 ? "false" : `(${looked.map((column) => `source.${sqlName(column)} is distinct from held.${sqlName(column)}`).join(" or ")})`;
}

/** The same for the same version, however often it is made: a run that is repeated after a crash adds nothing. */
function versionId({ key }: HistoryDecl, since: string, side = "source"): string {
  const parts = [...key.map((column) => `cast(${side}.${sqlName(column)} as varchar)`), `cast(epoch_us(${since}) as varchar)`];
  // Each with its length: of no two keys the parts together say the same.
  return `md5(concat(${parts.map((part) => `coalesce(length(${part}) || ':' || ${part}, '-')`).join(", ")}))`;
}
