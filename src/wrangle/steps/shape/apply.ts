import { unfit } from "../../nested/wrangle-error.ts";
import type { Row } from "../cells.ts";
import { groupIndexes } from "../row-order.ts";
import type { ReshapeStep, Step } from "../step.ts";

/**
 * A function of yours makes rows of each group of rows: a model for each shop, a rule that no step knows. In memory alone: use it in
 * a task, over rows that were read. The engine does not run your code.
 * @param run - called once for each group, with its rows in the order in which they came; what it throws ends the wrangling
 * @param options.by - rows with the same values here are one group. Default: all rows are one
 * @example apply((rows) => fitted(rows), { by: ["shop"] })
 */
export function apply<T, Out>(run: (rows: T[]) => readonly Out[], options: { by?: readonly (keyof T & string)[] } = {}): Step<T, Out> {
  return { kind: "apply", run, ...options };
}

interface Apply {
  run?: (rows: Row[]) => readonly Row[];
  by: string[];
}

export const applyKind: ReshapeStep<Apply> = {
  kind: "apply",
  scope: "reshape",
  inMemory: true,
  read: (given) => ({ run: given.code("run") as Apply["run"], by: given.maybeColumns("by") }),
  sql: () => {
    throw unfit("a function of TypeScript cannot run inside of a statement", "apply", "run the wrangling in a task: read the rows, wrangling.apply(rows), and write what comes of it");
  },
  rows: ({ run, by }, rows) => {
    if (run === undefined) throw unfit("there is no function", "apply", "give one: apply((rows) => rows)");
    return groupIndexes(rows, by).flatMap((group) => run(group.map((i) => rows[i])));
  },
};
