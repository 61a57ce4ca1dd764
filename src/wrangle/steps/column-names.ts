import { unfit } from "../nested/wrangle-error.ts";

/**
 * Holds new columns to names that are not taken, case aside, as engines do not tell it apart.
 * @param names - of all columns afterwards
 * @throws MillraceError `MR-WRANGLE-001` for a name that two of them would have
 */
export function checkFree(names: readonly string[], where: string): void {
  const seen = new Set<string>();
  for (const name of names) {
    const key = name.toLowerCase();
    if (name === "") throw unfit("a column has no name", where, "give it one");
    if (seen.has(key)) throw unfit(`there would be two columns ${JSON.stringify(name)}`, where, "give the new column another name");
    seen.add(key);
  }
}
