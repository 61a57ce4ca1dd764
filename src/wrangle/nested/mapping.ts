import { nearest } from "../../model/names.ts";
import { type Cast, castValue, fieldAt, findField, type Misfits, misfitsName, misfitsSql, misfitsType, orFailure, structSql } from "./cast.ts";
import { pathText, readPath } from "./field-path.ts";
import type { Field, NestedType, Relation } from "./nested-type.ts";
import { namedType, typeName } from "./type-names.ts";
import { type Column, columnValue, plainValue, select, type Value } from "./value.ts";
import { unfit } from "./wrangle-error.ts";

/** Where a field comes from, what it is there, where it goes, and what it becomes. */
export interface MappingLine {
  /** Path of the field in the input: `properties.mag`. */
  from: string;
  /** What it must be there. Absent: whatever it is. */
  fromType?: string;
  /** Path in the result. One with dots builds structs. */
  to: string;
  /** Absent: it stays what it is. */
  type?: string;
}

/**
 * Fields renamed, cast, moved into structs and out of them; what the mapping does not name is dropped. Columns and fields of
 * the result stand in the order in which the mapping first names them.
 *
 * @param misfits - what becomes of values that do not fit their new type. Default "fail"
 * @throws MillraceError `MR-WRANGLE-001` for a field that is not there or not of its type, and for targets that are in each other's way
 */
export function applyMapping(input: Relation, lines: readonly MappingLine[], misfits: Misfits = "fail"): Relation {
  if (lines.length === 0) throw unfit("the mapping is empty", "the mapping", "name at least one field");
  const root: Target = { name: "", inside: new Map() };
  const mapped = lines.map((line, i) => mapLine(input, line, `line ${i + 1} of the mapping`));
  for (const each of mapped) place(root, each);
  if (misfits === "quarantine") place(root, reportOf(mapped));
  const columns = [...(root.inside as Inside).values()].map((target): Column => ({ ...built(target, misfits), name: target.name }));
  return select(columns, input.from);
}

interface Mapped {
  to: string[];
  column: string;
  cast: Cast;
  where: string;
}

type Inside = Map<string, Target>;

/** A column of the result, or a field inside of one: a struct of others, or a value. */
interface Target {
  name: string;
  inside?: Inside;
  value?: Mapped;
}

function mapLine(input: Relation, { from, fromType, to, type }: MappingLine, where: string): Mapped {
  const value = findValue(input.fields, readPath(from, where), where);
  const plain = plainValue(value);
  const declared = value.type.kind === "scalar" ? value.type : plain.type;
  if (fromType !== undefined && !agrees(declared, fromType)) {
    throw unfit(`${JSON.stringify(from)} is ${typeName(declared)}; the mapping says ${fromType}`, where, "correct the type, or leave it out: { from, to, type }");
  }
  const cast = type === undefined || agrees(declared, type) ? { sql: plain.sql, type: plain.type, text: plain.sql } : castValue(value, namedType(type, where), where);
  return { to: readPath(to, where), column: to, cast, where };
}

/** Spaces aside: a type with fields is long. */
const agrees = (type: NestedType, name: string): boolean => typeName(type).replaceAll(" ", "").toLowerCase() === name.replaceAll(/\s/g, "").toLowerCase();

function findValue(fields: readonly Field[], path: string[], where: string): Value {
  const [column, ...rest] = path;
  const field = findField(fields, column);
  if (field === undefined) throw missing(path.slice(0, 1), fields, where);
  const found = fieldAt(columnValue(field), rest);
  if (found !== undefined) return found;
  for (let known = rest.length - 1; known >= 0; known--) {
    const around = fieldAt(columnValue(field), rest.slice(0, known));
    if (around !== undefined) throw missing(path.slice(0, known + 2), around.type.kind === "struct" ? around.type.fields : [], where);
  }
  throw missing(path, fields, where);
}

function missing(path: readonly string[], siblings: readonly Field[], where: string): Error {
  const near = nearest(path.at(-1) as string, siblings.map(({ name }) => name));
  return unfit(`there is no field ${JSON.stringify(pathText(path))}`, where, near === undefined ? "DESCRIBE shows the columns and their fields" : `correct the name (nearest: ${JSON.stringify(near)})`);
}

function place(root: Target, mapped: Mapped): void {
  let at = root;
  for (const [depth, name] of mapped.to.entries()) {
    if (at.inside === undefined) throw inTheWay(mapped, at.value as Mapped);
    const next: Target = at.inside.get(name.toLowerCase()) ?? { name };
    const last = depth === mapped.to.length - 1;
    if (last && (next.inside ?? next.value) !== undefined) throw inTheWay(mapped, next.value);
    at.inside.set(name.toLowerCase(), next);
    if (last) next.value = mapped;
    else if (next.value === undefined) next.inside ??= new Map();
    at = next;
  }
}

function inTheWay({ column, where }: Mapped, other: Mapped | undefined): Error {
  const what = other === undefined ? `${JSON.stringify(column)} is a struct of other targets` : `${JSON.stringify(column)} and ${JSON.stringify(other.column)} are in each other's way`;
  return unfit(what, where, "give each field a target of its own; upper and lower case make no difference");
}

function reportOf(mapped: readonly Mapped[]): Mapped {
  return { to: [misfitsName], column: misfitsName, cast: { sql: misfitsSql(mapped), type: misfitsType, text: "''" }, where: "the mapping" };
}

function built({ inside, value }: Target, misfits: Misfits): Value {
  if (value !== undefined) return { sql: misfits === "fail" ? orFailure(value.cast, value.column) : value.cast.sql, type: value.cast.type };
  const fields = [...(inside as Inside).values()].map((target) => ({ ...built(target, misfits), name: target.name }));
  return { sql: structSql(fields), type: { kind: "struct", fields: fields.map(({ name, type }) => ({ name, type })) } };
}
