import { datasetName } from "../dataset-name.ts";
import { declared } from "../declared.ts";
import { type ContractDefinition, definitionMark, type TableDefinition, type TopicDefinition } from "../definition.ts";
import type { ColumnType } from "../manifest.ts";
import { checkName, declarationText } from "../names.ts";
import { checkOptions, invalid } from "../option-checks.ts";
import { callSite } from "../place.ts";
import type { FieldOf } from "../schema-types.ts";
import { type Check, checkDecl, checkList } from "./check-definition.ts";

export interface ContractOptions<T> {
  /** The dataset that is relied on. */
  on: TopicDefinition<T> | TableDefinition<T>;
  /** Who relies on it. */
  owner?: string;
  description?: string;
  /** Columns that must be there, with their types; `null` for any type. */
  columns?: Partial<Readonly<Record<FieldOf<T> | (string & {}), ColumnType | null>>>;
  /** What must hold of it. The producer keeps the contract when its own checks are the same or stricter, with severity `error`. */
  checks?: readonly Check[];
}

const columnTypes: readonly ColumnType[] = ["string", "boolean", "integer", "number", "timestamp", "date", "json"];

/**
 * What a consumer relies on of a dataset that others produce. When what the producer declares keeps it no longer, `plan` says so, before
 * anything runs: a column that is gone or has another type, a check that was dropped or loosened.
 *
 * @example contract("billing", { on: orders, owner: "billing@example.com", columns: { customer: "string", amount: "number" }, checks: [notNull("customer"), range("amount", { min: 0 })] })
 * @throws MillraceError `MR-MODEL-001` for an option that cannot be
 */
export function contract<T>(name: string, options: ContractOptions<T>): ContractDefinition {
  const site = callSite(contract);
  checkName("contract", name, site);
  const where = declarationText("contract", name, site);
  checkOptions(options, ["on", "owner", "description", "columns", "checks"], where);
  const { on, owner, description, columns = {}, checks = [] } = options;
  const decls = checkList(checks, where).map((check) => checkDecl(check, where));
  const fields = Object.entries(columns).map(([column, type]) => {
    if (type !== null && !columnTypes.includes(type as ColumnType)) throw invalid(`column "${column}" has type ${JSON.stringify(type)}`, where, `use one of ${columnTypes.join(", ")}, or null`);
    return { name: column, ...(type !== null && { type: type as ColumnType }) };
  });
  if (fields.length === 0 && decls.length === 0) throw invalid("the contract asks for nothing", where, 'name columns or checks: columns: { customer: "string" }');
  return declared({ [definitionMark]: "contract", name, dataset: on as TopicDefinition | TableDefinition, decl: { name, on: datasetName(on, where), owner, description, columns: fields, checks: decls }, site });
}
