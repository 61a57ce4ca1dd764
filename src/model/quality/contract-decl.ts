import type { ColumnType } from "../manifest.ts";
import type { CheckDecl } from "./check-decl.ts";

/** What a consumer relies on of a dataset, as the manifest has it. */
export interface ContractDecl {
  name: string;
  /** The dataset, as SQL names it: `sales.daily`, `topics.orders`. */
  on: string;
  owner?: string;
  description?: string;
  /** Columns that must be there; without a type, of any. */
  columns: { name: string; type?: ColumnType }[];
  /** What must hold: the producer checks it, at least as strictly. */
  checks: CheckDecl[];
  declaredAt?: string;
}
