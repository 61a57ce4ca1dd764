/** A field of a struct. */
export interface StructField {
  name: string;
  type: string;
}

/**
 * The fields of a type, as DuckDB writes it.
 * @returns undefined for what is no struct
 * @example structFields('STRUCT(a INTEGER, "b c" VARCHAR[])') // [{ name: "a", type: "INTEGER" }, { name: "b c", type: "VARCHAR[]" }]
 */
export function structFields(type: string): StructField[] | undefined {
  const inside = /^STRUCT\((.*)\)$/s.exec(type)?.[1];
  return inside === undefined ? undefined : partsOf(inside).map(fieldOf);
}

/** Split at commas that stand neither in brackets nor in quotes. */
function partsOf(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  let quote = "";
  for (const [i, c] of [...text].entries()) {
    if (quote !== "") quote = c === quote ? "" : quote;
    else if (c === '"' || c === "'") quote = c;
    else if (c === "(") depth += 1;
    else if (c === ")") depth -= 1;
    else if (c === "," && depth === 0) {
      parts.push([...text].slice(from, i).join(""));
      from = i + 1;
    }
  }
  return [...parts, [...text].slice(from).join("")];
}

function fieldOf(text: string): StructField {
  const [, quoted, plain, type] = /^\s*(?:"((?:[^"]|"")*)"|(\S+))\s+(.*)$/s.exec(text) as RegExpExecArray;
  return { name: quoted === undefined ? plain : quoted.replaceAll('""', '"'), type };
}
