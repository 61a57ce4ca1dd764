import { MillraceError } from "../errors.ts";
import type { StoredResult } from "../state/run-store.ts";
import type { Instance } from "./world.ts";

type Result = StoredResult | null | undefined;

/** What is wrong with a success: a branch has chosen what it may not, a loop has no answer, a map no list. */
export function wrongResult(instance: Instance, result: Result, chosen: string[] | undefined): MillraceError | undefined {
  const where = `task "${instance.row.task}" of run ${instance.row.run}`;
  return wrongChoice(instance, chosen, where) ?? wrongAnswer(instance, result, where) ?? wrongList(instance, result?.items, where);
}

/** A branch may choose what comes directly behind it. */
function wrongChoice({ node }: Instance, chosen: string[] | undefined, where: string): MillraceError | undefined {
  const stranger = chosen?.find((name) => !node.downs.some(({ decl }) => decl.name === name));
  if (stranger === undefined) return undefined;
  return new MillraceError("MR-SCHED-003", { what: `the branch chose "${stranger}", which does not come directly behind it`, where, mend: `choose among ${node.downs.map(({ decl }) => `"${decl.name}"`).join(", ") || "tasks that name it in their inputs"}` });
}

/** The task that says whether a loop goes on must say so, and not for ever. */
function wrongAnswer({ node, row }: Instance, result: Result, where: string): MillraceError | undefined {
  if (node.map?.until !== node) return undefined;
  const answer = result && "json" in result ? result.json : undefined;
  if (answer !== "true" && answer !== "false") return new MillraceError("MR-SCHED-004", { what: "its result is neither true nor false, and says whether its loop ends", where, mend: "return true after the last round, and false before" });
  const { name, itemsMax } = node.map.decl;
  if (answer === "true" || row.index + 1 < itemsMax) return undefined;
  return new MillraceError("MR-SCHED-012", { what: `the loop "${name}" has not come to its end in ${row.index + 1} rounds`, where, mend: "look at its last rounds for why; or raise its `max`" });
}

/** What a map goes over must be a list that is not too long for it. */
function wrongList({ node }: Instance, items: number | undefined, where: string): MillraceError | undefined {
  for (const { decl } of node.listOf) {
    if (items === undefined) return new MillraceError("MR-SCHED-004", { what: `its result is no list, and map "${decl.name}" goes over it`, where, mend: "return an array" });
    if (items > decl.itemsMax) return new MillraceError("MR-SCHED-004", { what: `its list has ${items} items, and map "${decl.name}" takes ${decl.itemsMax}`, where, mend: "return fewer items, each of more work, or raise itemsMax" });
  }
  return undefined;
}
