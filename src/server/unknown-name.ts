import { type ErrorCode, MillraceError } from "../errors.ts";
import { nearest } from "../model/names.ts";

/** Names told in a mend; more would help nobody. */
const namesMax = 10;

/**
 * The error for a name that the project does not have, with the names that it has.
 *
 * @param kind - what was looked for: `HTTP source`
 */
export function unknownName(code: ErrorCode, kind: string, name: string, known: string[], where: string): MillraceError {
  return new MillraceError(code, { what: `there is no ${kind} named "${name}"`, where, mend: mendFor(name, known, kind) });
}

function mendFor(name: string, known: string[], kind: string): string {
  if (known.length === 0) return `the project has no ${kind}: declare one`;
  const near = nearest(name, known);
  const listed = known.slice(0, namesMax).map((each) => `"${each}"`).join(", ");
  const all = known.length > namesMax ? `${listed} and ${known.length - namesMax} more` : listed;
  return near === undefined ? `use one of ${all}` : `did you mean "${near}"? There are ${all}`;
}
