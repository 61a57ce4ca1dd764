import { type PersonalMarks, recognised, saidOf } from "../states/personal-values.ts";
import type { QueryValue } from "../../sql/query-request.ts";
import type { CheckResult } from "./check-result.ts";

/**
 * A result whose failing rows show no personal data: of each such value its kind stands there, of a null that it is one. Columns are
 * personal where somebody says so, and else where their texts look so. What a statement of the user's gives may show anything under
 * any name: of a dataset of which a column is said to be personal it shows no rows.
 */
export function withoutPersonalValues(result: CheckResult, marks: PersonalMarks): CheckResult {
  const { kind, sample } = result;
  if (sample.length === 0) return result;
  if (kind === "sql" && [...marks.values()].some((said) => said !== "none")) return { ...result, sample: [] };
  const names = [...new Set(sample.flatMap((row) => Object.keys(row)))];
  const kinds = new Map(names.flatMap((name): [string, string][] => {
    const personal = kindOf(name, sample.map((row) => row[name]), marks);
    return personal === undefined ? [] : [[name, personal]];
  }));
  if (kinds.size === 0) return result;
  return { ...result, sample: sample.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value !== null && kinds.has(name) ? `(${kinds.get(name)})` : value]))) };
}

/** A struct is shown as a whole: what is personal in it makes it so. */
function kindOf(name: string, values: readonly QueryValue[], marks: PersonalMarks): string | undefined {
  const inner = [...marks].find(([place, said]) => said !== "none" && place.toLowerCase().startsWith(`${name.toLowerCase()}.`));
  if (inner !== undefined) return inner[1];
  const said = saidOf(marks, [name]);
  if (said !== undefined) return said === "none" ? undefined : said;
  return recognised(name, values.filter((value) => typeof value === "string"));
}
