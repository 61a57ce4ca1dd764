/* Types as DuckDB writes them. */

/** A field of a struct. */
export interface StructField {
  name: string;
  type: string;
}

/**
 * The fields of a struct's type.
 * @returns undefined for what is no struct
 * @example structFields('STRUCT(a INTEGER, "b c" VARCHAR[])') // [{ name: "a", type: "INTEGER" }, { name: "b c", type: "VARCHAR[]" }]
 */
export function structFields(type: string): StructField[] | undefined {
  return argumentsOf("STRUCT", type)?.map(fieldOf);
}

/** The types of a map's keys and values; undefined for what is no map. */
export function mapTypes(type: string): [key: string, value: string] | undefined {
  const parts = argumentsOf("MAP", type)?.map((part) => part.trim());
  return parts?.length === 2 ? [parts[0], parts[1]] : undefined;
}

/** The type of the elements of a list or array; undefined for what is none. */
export function elementType(type: string): string | undefined {
  return /^(.*)\[\d*\]$/s.exec(type)?.[1];
}

function argumentsOf(kind: string, type: string): string[] | undefined {
  return type.startsWith(`${kind}(`) && type.endsWith(")") ? partsOf(type.slice(kind.length + 1, -1)) : undefined;
}

/** Split at commas that stand neither in brackets nor in quotes. */
function partsOf(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  let quote = "";
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quote !== "") quote = c === quote ? "" : quote;
    else if (c === '"' || c === "'") quote = c;
    else if (c === "(") depth += 1;
    else if (c === ")") depth -= 1;
    else if (c === "," && depth === 0) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  return [...parts, text.slice(from)];
}

function fieldOf(text: string): StructField {
  const [, quoted, plain, type] = /^\s*(?:"((?:[^"]|"")*)"|(\S+))\s+(.*)$/s.exec(text) as RegExpExecArray;
  return { name: quoted === undefined ? plain : quoted.replaceAll('""', '"'), type };
}
