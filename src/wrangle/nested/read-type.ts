import { levelsMax } from "./engine-fields.ts";
import { type Field, json, type NestedType } from "./nested-type.ts";
import { namedType } from "./type-names.ts";
import { beyondBounds, unfit } from "./wrangle-error.ts";

/** Of the names of fields; one that is no plain word stands in backticks, as in paths. */
const name = /\s*(?:`((?:[^`]|``)+)`|([\p{L}\p{N}_$]+))\s*:/uy;

/**
 * A type as people write it: `struct<a: long, b: list<string>>`.
 */
function readType(text: string, where: string): NestedType {
  return new TypeReader(text, where).whole();
}

class TypeReader {
  readonly #text: string;
  readonly #where: string;
  #at = 0;

  constructor(text: string, where: string) {
    this.#text = text;
    this.#where = where;
  }

  whole(): NestedType {
    const type = this.#type(1);
    if (this.#text.slice(this.#at).trim() !== "") throw this.#unreadable();
    return type;
  }

  #type(level: number): NestedType {
    if (level > levelsMax) throw beyondBounds(`a type is nested more than ${levelsMax} levels deep`, this.#where, "write json for what is deeper");
    if (this.#take(/\s*struct\s*</iy)) return { kind: "struct", fields: this.#fields(level) };
    if (this.#take(/\s*list\s*</iy)) return { kind: "list", element: this.#closed(this.#type(level + 1)) };
    const scalar = this.#take(/\s*(\w+(?:\(\s*\d+\s*,\s*\d+\s*\))?)/y) ?? this.#fail();
    return namedType(scalar[1], this.#where);
  }

  #fields(level: number): Field[] {
    const fields: Field[] = [];
    do {
      const match = this.#take(name) ?? this.#fail();
      fields.push({ name: match[1]?.replaceAll("``", "`") ?? match[2], type: this.#type(level + 1) });
    } while (this.#take(/\s*,/y));
    return this.#closed(fields);
  }

  #closed<T>(inside: T): T {
    return this.#take(/\s*>/y) ? inside : this.#fail();
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text) ?? undefined;
    if (match !== undefined) this.#at = pattern.lastIndex;
    return match;
  }

  #fail(): never {
    throw this.#unreadable();
  }

  #unreadable(): Error {
    return unfit(`the type cannot be read from character ${this.#at + 1} on: ${JSON.stringify(this.#text.slice(this.#at, this.#at + 30))}`, this.#where, "write as in struct<a: long, `b c`: list<string>>");
  }
}

/**
 * The fields, with what is in the JSON text of some of them.
 * @param types - by the name of the column. What is no text in fact has its own type already, and keeps it
 */
export function withJsonTypes(fields: readonly Field[], types: Readonly<Record<string, string>>, where: string): Field[] {
  const read = new Map(Object.entries(types).map(([column, text]) => [column.toLowerCase(), readType(text, where)]));
  return fields.map((field) => {
    const type = read.get(field.name.toLowerCase());
    const isText = field.type.kind === "scalar" && (field.type.sql === "VARCHAR" || field.type.sql === json.sql);
    return type !== undefined && isText ? { ...field, type, asJson: true } : field;
  });
}
