import { declared } from "../model/declared.ts";
import type { TableDefinition } from "../model/definition.ts";
import { check, rows } from "../model/quality/statement-checks.ts";
import type { Check } from "../model/quality/check-definition.ts";
import { checkName, declarationText } from "../model/names.ts";
import { checkOptions, invalid } from "../model/option-checks.ts";
import { callSite, type Place } from "../model/place.ts";
import { type RowsInput, rowsSql } from "../model/nested.ts";
import type { SchemaInput } from "../model/schema-types.ts";
import { isSql, type Sql, sql } from "../model/sql-tag.ts";
import { modelTable, type ModelTableOptions } from "../model/table.ts";
import { readSteps } from "./steps/read-steps.ts";
import { makesRows, type Step } from "./steps/step.ts";
import type { QuarantineRow, ReportRow, Wrangling } from "./wrangle.ts";

/** Options of a model, for all three tables but `schema`, `checks`, `description`, `columns`, `partitionBy` and `unitTests`, which are of the first. */
export type WrangledOptions = Omit<ModelTableOptions<SchemaInput | undefined>, "sql" | "materialize" | "interval" | "onSchemaChange">;

/** A table of clean rows, and the two that stand beside it. */
export interface WrangledTable<T> extends TableDefinition<T> {
  /** `<name>_quarantine`: the rows that a step would not let on, as JSON, with the step's number and name and the reason. */
  readonly quarantine: TableDefinition<QuarantineRow>;
  /** `<name>_report`: what each step did, by column, with samples. */
  readonly report: TableDefinition<ReportRow>;
}

const shared = ["schedule", "timezone", "start", "end", "catchup", "maxActiveRuns", "alerts", "deadlines", "dag", "retries", "owner", "tags"] as const;
const own = ["schema", "checks", "unitTests", "description", "columns", "partitionBy"] as const;

/**
 * Declares what comes of a wrangling as tables, in one go: `name` with the clean rows, `<name>_quarantine` and
 * `<name>_report`. They are models like others: a plan shows them, `millrace run` builds them, statements read them.
 *
 * Where no step makes other rows of rows, the first has the check `every_row_is_accounted_for`, with severity `error`: rows in
 * are rows out and rows in quarantine. It judges builds during which the input stood still.
 *
 * @param name - namespace and table, as of `table`
 * @example export const films = wrangled("films.clean", wrangle(raw, trim("title"), required("title")));
 * @throws MillraceError `MR-MODEL-001` for a name or option that cannot be
 */
export function wrangled<In, Out>(name: string, wrangling: Wrangling<In, Out>, options: WrangledOptions = {}): WrangledTable<Out> {
  const site = callSite(wrangled);
  checkName("table", name, site);
  const where = declarationText("table", name, site);
  if (!isWrangling(wrangling)) throw invalid("it is given no wrangling", where, "give what wrangle(…) returned");
  const alone = readSteps(wrangling.steps).find(({ kind }) => kind.inMemory);
  if (alone !== undefined) throw invalid(`step ${alone.number}, ${alone.name}, runs over rows in memory alone`, where, "run the wrangling in a task, and write what comes of it");
  checkOptions(options, [...shared, ...own], where);
  const some = (names: readonly (keyof WrangledOptions)[]): Partial<WrangledOptions> => Object.fromEntries(names.filter((each) => options[each] !== undefined).map((each) => [each, options[each]]));
  const beside = (suffix: string, statement: Sql, description: string): TableDefinition => besideTable(`${name}_${suffix}`, { ...some(shared), sql: sql`select * from ${statement}`, description } as ModelTableOptions, site);
  const quarantine = beside("quarantine", wrangling.rejected, `Rows that did not become rows of ${name}, with the reason.`);
  const report = beside("report", wrangling.report, `What each step did to the rows of ${name}.`);
  const checks = [...(keepsRows(wrangling) ? [accounted(wrangling.input as RowsInput<unknown>, quarantine, report)] : []), ...(options.checks ?? [])];
  const table = modelTable(name, { ...some([...shared, ...own]), checks, sql: sql`select * from ${wrangling}` } as ModelTableOptions, where, site);
  return declared({ ...table, beside: [quarantine, report], quarantine, report });
}

function besideTable(name: string, options: ModelTableOptions, site: Place | undefined): TableDefinition {
  checkName("table", name, site);
  return modelTable(name, options, declarationText("table", name, site), site);
}

const isWrangling = (value: unknown): boolean => isSql(value) && "steps" in value && "rejected" in value;

const keepsRows = ({ steps }: { steps: readonly Step[] }): boolean => steps.length > 0 && readSteps(steps).every(({ kind }) => !makesRows(kind));

/**
 * The report says how many rows came in when it was built. With as many there now, the input stood still while the three tables
 * were built, and the sum must hold; with more, nobody can tell rows that are lost from rows that are late.
 */
function accounted(input: RowsInput<unknown>, quarantine: TableDefinition, report: TableDefinition): Check {
  return check(
    "every_row_is_accounted_for",
    sql`select * from (
      select (select count(*) from ${rowsSql("wrangled", input)}) as rows_in, (select count(*) from ${rows}) as rows_out, (select count(*) from ${quarantine}) as in_quarantine,
        (select max(rows_in) from ${report} where step = 1) as rows_reported)
    where rows_in = rows_reported and rows_in <> rows_out + in_quarantine`,
  );
}
