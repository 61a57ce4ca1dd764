import { isDict, type Value } from "../jinja/values.ts";

/*
 * TypeScript that stands for an expression of a template, with what is known of its value. A template works with texts alone;
 * here text, SQL and datasets are different things, and what they become in a statement differs.
 */

export type Type = "text" | "number" | "boolean" | "none" | "sql" | "dataset" | { list: Type } | { dict: Type };

export interface Code {
  code: string;
  type: Type;
  /** Its value, where it is known whatever happens. */
  constant?: Value;
  /** It may be null. */
  nullable?: true;
}

/** Of things of more than one type: what they have in common; text where that is nothing. */
export function commonType(types: readonly Type[]): Type {
  const [first = "text", ...rest] = types.filter((type) => type !== "none");
  return rest.every((type) => sameType(type, first)) ? first : "text";
}

export function sameType(a: Type, b: Type): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

export const isList = (type: Type): type is { list: Type } => typeof type === "object" && "list" in type;
export const isDictType = (type: Type): type is { dict: Type } => typeof type === "object" && "dict" in type;

export function typeOfValue(value: Value): Type {
  if (Array.isArray(value)) return { list: commonType(value.map(typeOfValue)) };
  if (isDict(value)) return { dict: commonType(Object.values(value).map(typeOfValue)) };
  if (typeof value === "number") return "number";
  if (typeof value === "boolean") return "boolean";
  return value === null || value === undefined ? "none" : "text";
}

/** As TypeScript writes the type. */
export function typeText(type: Type): string {
  if (isList(type)) return `readonly ${typeof type.list === "object" ? `(${typeText(type.list)})` : typeText(type.list)}[]`;
  if (isDictType(type)) return `Record<string, ${typeText(type.dict)}>`;
  return { text: "string", number: "number", boolean: "boolean", none: "null", sql: "Sql", dataset: "Sql | TableDefinition" }[type];
}

export const constantCode = (value: Value): Code => ({ code: literalText(value), type: typeOfValue(value), constant: value });

const plainName = /^[A-Za-z_$][\w$]*$/;

/** A value as TypeScript writes it. */
export function literalText(value: Value): string {
  if (Array.isArray(value)) return `[${value.map(literalText).join(", ")}]`;
  if (isDict(value)) {
    const entries = Object.entries(value).map(([name, each]) => `${keyText(name)}: ${literalText(each)}`);
    return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
  }
  return value === undefined ? "null" : JSON.stringify(value);
}

/** A field's name in an object. */
export const keyText = (name: string): string => (plainName.test(name) ? name : JSON.stringify(name));

/** A text's inside between backticks. */
export const templateText = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll("${", "\\${");

/** A text that is put together: `a${b}c`. */
export function joinedText(pieces: readonly (string | Code)[]): string {
  const filled = pieces.filter((piece) => piece !== "");
  if (filled.every((piece) => typeof piece === "string")) return JSON.stringify(filled.join(""));
  const [only] = filled;
  if (filled.length === 1 && typeof only === "object" && only.type === "text") return only.code;
  return `\`${filled.map((piece) => (typeof piece === "string" ? templateText(piece) : `\${${textCode(piece)}}`)).join("")}\``;
}

/** A value inside of a text. */
export const textCode = ({ code, type }: Code): string => (type === "sql" ? `${code}.text` : code);

/** Whether it counts as true, as Python has it: what is empty does not. */
export function truth({ code, type }: Code): string {
  if (isList(type)) return `${code}.length > 0`;
  if (isDictType(type)) return `Object.keys(${code}).length > 0`;
  return type === "sql" ? `${code}.text !== ""` : code;
}
