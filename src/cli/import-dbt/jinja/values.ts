/* What expressions are worth. */

export type Value = string | number | boolean | null | undefined | Value[] | { [name: string]: Value } | Callable;

export type Callable = (args: Value[], named: Record<string, Value>, at: number) => Value

export const isCallable = (value: Value): value is Callable => typeof value === "function";

export const isDict = (value: Value): value is { [name: string]: Value } => typeof value === "object" && value !== null && !Array.isArray(value);

/** As Python has it: what is empty is false. */
export function isTrue(value: Value): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isDict(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** As Jinja writes a value. */
export function textOf(value: Value): string {
  if (value === undefined) return "";
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(literalOf).join(", ")}]`;
  if (isDict(value)) return `{${Object.entries(value).map(([name, each]) => `${literalOf(name)}: ${literalOf(each)}`).join(", ")}}`;
  return String(value);
}

const literalOf = (value: Value): string => (typeof value === "string" ? `'${value}'` : textOf(value));
