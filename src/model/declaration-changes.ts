import { differs, type FieldChange, shown } from "./field-changes.ts";
import type { Column, Json, StageDecl, TableDecl, TopicDecl } from "./manifest.ts";

/** What of a topic, table or stage differs: a field by its path (`scale.max`), `column <name>`, `check <name>`, or `code`, by its digest. */
export interface DeclarationChange extends FieldChange {
  /** What no longer fits, of what is there or of who reads it; null where nothing is known to. */
  breaks: string | null;
}

type Declared = { topic: TopicDecl; table: TableDecl; stage: StageDecl };

const shape = "Millrace does not start with it, for records lie in the partitions that the old one chose: give the topic another name";

/** All that differs, columns first, then by path. Where something is declared may move, and changes nothing. */
export function declarationChanges<Kind extends keyof Declared>(kind: Kind, before: Declared[Kind], after: Declared[Kind]): DeclarationChange[] {
  const [had, has] = [columnsOf(before), columnsOf(after)];
  const columns = [...new Set([...had.keys(), ...has.keys()])].map((name) => columnChange(kind, name, had.get(name), has.get(name))).filter(differs);
  const known = new Set(columns.map(({ field }) => field.slice("column ".length)));
  const [from, to] = [leavesOf(before, known), leavesOf(after, known)];
  const others = [...new Set([...from.keys(), ...to.keys()])].sort().map((field) => ({ field, before: from.get(field) ?? null, after: to.get(field) ?? null })).filter(differs);
  return [...columns, ...others.map((change) => ({ ...shown(change), breaks: kind === "topic" && (change.field === "key" || change.field === "partitions") ? shape : null }))];
}

/** Stages have none. */
function columnsOf(declared: TopicDecl | TableDecl | StageDecl): Map<string, Column> {
  return new Map(("columns" in declared ? declared.columns : []).map((column) => [column.name, column]));
}

function columnChange(kind: keyof Declared, name: string, before: Column | undefined, after: Column | undefined): DeclarationChange {
  return { field: `column ${name}`, before: columnText(before), after: columnText(after), breaks: kind === "topic" ? brokenRecords(before, after) : brokenRows(before, after) };
}

const mayLack = ({ nullable, optional }: Column): boolean => nullable || optional === true;

function columnText(column: Column | undefined): string | null {
  if (column === undefined) return null;
  if (!mayLack(column)) return column.type;
  return `${column.type}, may be ${column.optional ? "absent" : "null"}`;
}

function brokenRecords(before: Column | undefined, after: Column | undefined): string | null {
  if (after === undefined) return "who reads it finds it no more";
  if (before !== undefined && before.type !== after.type) return "records that are there have the other type";
  if (mayLack(after) || (before !== undefined && !mayLack(before))) return null;
  return "records that are there may lack it";
}

/** As the lake takes up what is declared: see `evolvedSchema`. */
function brokenRows(before: Column | undefined, after: Column | undefined): string | null {
  if (before === undefined) return after !== undefined && !mayLack(after) ? "the table does not take it, for its rows have none: declare it as nullable" : null;
  if (after === undefined) return mayLack(before) ? "rows to come have none there" : "the table does not let it go: declare it as nullable first";
  return before.type === after.type ? null : "the table keeps its type: give the column another name";
}

const notLooked = new Set(["name", "declaredAt", "columns"]);
/** What is made of other fields says nothing beside them. */
const derived = new Set(["model.fingerprint"]);

/** Values by their paths. @param known - columns that are told already, and what the schema says of them */
function leavesOf(declared: object, known: ReadonlySet<string>): Map<string, Json> {
  const leaves = new Map<string, Json>();
  for (const [key, value] of Object.entries(declared) as [string, Json | undefined][]) {
    if (notLooked.has(key) || value === undefined) continue;
    if (key === "checks") for (const { name, ...check } of value as { name: string }[]) leaves.set(`check ${name}`, check);
    // The fields that code reads follow from it.
    else if (key === "reads") leaves.set("code", (value as { of: string }).of);
    else if (key === "schema") gather(["schema"], schemaBeside(value as { [key: string]: Json }, known), leaves);
    else gather([key], value, leaves);
  }
  return leaves;
}

function schemaBeside(schema: { [key: string]: Json }, known: ReadonlySet<string>): Json {
  if (known.size === 0) return schema;
  const { required: _, properties, ...rest } = schema;
  return { ...rest, properties: Object.fromEntries(Object.entries((properties ?? {}) as { [key: string]: Json }).filter(([name]) => !known.has(name))) };
}

function gather(path: string[], value: Json, leaves: Map<string, Json>): void {
  if (derived.has(path.join("."))) return;
  if (typeof value !== "object" || value === null || Array.isArray(value) || Object.keys(value).length === 0) leaves.set(path.join("."), value);
  else for (const [key, inner] of Object.entries(value)) gather([...path, key], inner, leaves);
}
