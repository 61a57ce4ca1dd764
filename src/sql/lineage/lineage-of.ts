import type { SerializedSql } from "../statement-gate.ts";
import { merged } from "./flow.ts";
import type { InputSchemas, Lineage } from "./lineage.ts";
import { NotUnderstood, notUnderstood } from "./not-understood.ts";
import { QueryFlow } from "./query-flow.ts";
import { scopeIn } from "./relation.ts";
import type { TreeNode } from "./tree.ts";

/**
 * Where the columns of a statement's result come from. Pure, and never a part: what is not understood makes all of it unknown.
 *
 * @param tree - of a statement that has passed the gate
 * @param schemas - of what it reads
 * @param names - of the result's columns as the engine gives them, where it has run. They must agree with what was found; without
 * them each column must have a name of its own, or be a plain column
 */
export function lineageOf(tree: SerializedSql, schemas: InputSchemas, names?: string[]): Lineage {
  try {
    const { columns, rows } = new QueryFlow(schemas).follow(tree.statements?.[0]?.node as TreeNode, scopeIn(undefined));
    const outputs = columns.map(({ name, flow }, i) => ({ name: agreedName(name, names, i), inputs: [...flow.direct.values()] }));
    if (names && names.length !== columns.length) notUnderstood(`the result has ${names.length} columns, and ${columns.length} were found`);
    return { known: true, outputs, indirect: [...merged([rows, ...columns.map(({ flow }) => flow)]).indirect.values()] };
  } catch (error) {
    if (error instanceof NotUnderstood) return { known: false, reason: error.message };
    // A tree that is nested deeper than the stack allows; whatever else has no place here.
    if (error instanceof RangeError) return { known: false, reason: "the statement is nested too deep" };
    throw error;
  }
}

function agreedName(found: string | undefined, names: string[] | undefined, i: number): string {
  const name = names === undefined ? found : names[i];
  if (name === undefined) return notUnderstood(`column ${i + 1} of the result has no name of its own; give it one with AS`);
  // The engine numbers names that repeat inside a subquery.
  if (found !== undefined && found.toLowerCase() !== name.toLowerCase()) return notUnderstood(`column ${i + 1} of the result is "${name}", and "${found}" was found`);
  return name;
}
