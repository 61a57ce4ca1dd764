import { MillraceError } from "../errors.ts";
import type { StoredResult } from "../state/run-store.ts";
import type { Instance } from "./world.ts";

const isAnswer = (result: StoredResult | null | undefined): result is StoredResult & { json: string } => result != null && "json" in result && (result.json === "true" || result.json === "false");

/** A branch may choose what comes directly behind it; what a map goes over must be a list. */
export function wrongResult({ node, row }: Instance, result: StoredResult | null | undefined, chosen: string[] | undefined): MillraceError | undefined {
  const items = result?.items;
  const where = `task "${row.task}" of run ${row.run}`;
  const stranger = chosen?.find((name) => !node.downs.some(({ decl }) => decl.name === name));
  if (stranger !== undefined) {
    return new MillraceError("MR-SCHED-003", { what: `the branch chose "${stranger}", which does not come directly behind it`, where, mend: `choose among ${node.downs.map(({ decl }) => `"${decl.name}"`).join(", ") || "tasks that name it in their inputs"}` });
  }
  if (node.map?.until === node && !isAnswer(result)) return new MillraceError("MR-SCHED-004", { what: "its result is neither true nor false, and says whether its loop ends", where, mend: "return true after the last round, and false before" });
  if (node.map?.until === node && isAnswer(result) && result.json === "false" && row.index + 1 >= node.map.decl.itemsMax) {
    return new MillraceError("MR-SCHED-012", { what: `the loop "${node.map.decl.name}" has not come to its end in ${row.index + 1} rounds`, where, mend: "look at its last rounds for why; or raise its `max`" });
  }
  for (const { decl } of node.listOf) {
    if (items === undefined) return new MillraceError("MR-SCHED-004", { what: `its result is no list, and map "${decl.name}" goes over it`, where, mend: "return an array" });
    if (items > decl.itemsMax) return new MillraceError("MR-SCHED-004", { what: `its list has ${items} items, and map "${decl.name}" takes ${decl.itemsMax}`, where, mend: "return fewer items, each of more work, or raise itemsMax" });
  }
  return undefined;
}
