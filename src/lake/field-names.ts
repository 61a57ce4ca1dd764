/**
 * What is wrong with the names of the fields of one level, of columns or inside of a struct; undefined when nothing is.
 * SQL does not see case, so names that differ by it alone are one name twice.
 */
export function nameFault(names: Iterable<string>): string | undefined {
  const seen = new Map<string, string>();
  for (const name of names) {
    if (name === "") return "a field has no name";
    // The one ends texts for engines, the other is no field of an object in JavaScript.
    if (name.includes("\0") || name === "__proto__") return `${JSON.stringify(name)} is no name of a field`;
    const twin = seen.get(name.toLowerCase());
    if (twin !== undefined) return twin === name ? `two fields are called "${name}"` : `fields "${twin}" and "${name}" differ by case alone, which SQL does not see`;
    seen.set(name.toLowerCase(), name);
  }
  return undefined;
}
