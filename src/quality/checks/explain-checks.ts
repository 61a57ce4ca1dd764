import type { ErrorJson } from "../../errors.ts";
import type { CheckDecl } from "../../model/quality/check-decl.ts";
import { expectedOf } from "./check-result.ts";
import type { CheckedDataset } from "./checked-dataset.ts";
import { compileChecks, type CompileOptions, proofsOf, statementsOf } from "./compile-checks.ts";

/** How checks would be found out, and the statements that would run. */
export interface Explanation {
  checks: ExplainedCheck[];
  /** One for each tier that has something to find out, more where it would be too long. Of the second what the first proves is left out. */
  statements: { tier: 1 | 2; sql: string }[];
}

export interface ExplainedCheck {
  name: string;
  expected: string;
  /** Null for one that is not found out at rest. */
  tier: 0 | 1 | 2 | "code" | null;
  /** In words: by what it is found out. */
  how: string;
  /** What stands for it in the statement of its tier. */
  sql: string[];
  error: ErrorJson | null;
}

export function explainChecks(checks: readonly CheckDecl[], dataset: CheckedDataset, options: CompileOptions = {}): Explanation {
  const compiled = compileChecks(checks, dataset, options);
  return {
    checks: compiled.map(({ check, measure, proof, fault }) => ({
      ...{ name: check.name, expected: expectedOf(check), tier: measure?.tier ?? null, error: fault?.toJSON() ?? null },
      how: proof?.how ?? measure?.how ?? (fault ? "it does not fit" : "in the stages that read the topic, record by record"),
      sql: measure === undefined || measure.tier === 0 || measure.tier === "code" ? [] : measure.expressions,
    })),
    statements: statementsOf([...compiled, ...proofsOf(compiled)], dataset).map(({ tier, sql }) => ({ tier, sql })),
  };
}
