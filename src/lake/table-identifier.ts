import { MillraceError } from "../errors.ts";

/*
 * A table's name is its namespace's levels and its own name, divided by dots: `sales.daily`, `shop.eu.orders`. So no part
 * holds a dot, and one name never means two tables.
 */

const part = /^[A-Za-z0-9_][A-Za-z0-9_-]*$/;
const lengthMax = 128;

/** @throws MillraceError `MR-ICE-001` for levels that no namespace can have */
export function namespaceName(levels: readonly string[]): string {
  return named(levels, "a namespace");
}

/** @throws MillraceError `MR-ICE-001` for a name that no table can have */
export function tableName(levels: readonly string[], name: string): string {
  if (levels.length === 0) throw notNamed(name, "a table without a namespace");
  return named([...levels, name], "a table");
}

function named(parts: readonly string[], what: string): string {
  const name = parts.join(".");
  if (parts.length > 0 && name.length <= lengthMax && /^[A-Za-z0-9]/.test(name) && parts.every((one) => part.test(one))) return name;
  throw notNamed(name, what);
}

function notNamed(name: string, what: string): MillraceError {
  return new MillraceError("MR-ICE-001", {
    what: `${JSON.stringify(name.slice(0, 200))} is no name of ${what}`,
    where: "the name",
    mend: `use letters, digits, hyphens and underscores in each part, the very first a letter or a digit, ${lengthMax} in all with the dots between parts`,
  });
}

/** The levels of a namespace, from its name. */
export const levelsOf = (name: string): string[] => name.split(".");
