import { MillraceError } from "../errors.ts";
import { nameFault } from "./field-names.ts";
import type { IcebergType, SchemaField } from "./iceberg-type.ts";
import { canPromote, greatestId, innerFields, isPrimitive, sameType, typeText, withFreshIds } from "./iceberg-type.ts";
import type { TableMetadata, TableSchema } from "./table-metadata.ts";
import { currentSchema } from "./table-metadata.ts";

/**
 * One change of a table's columns. No file is written anew for it: files are read by the ids of fields, which stay.
 * `path` names a column, or a field inside of one: `["address", "city"]`; `["tags", "element", "name"]` through a list,
 * `["prices", "value", "amount"]` through a map.
 */
export type SchemaChange =
  /** At the end of the columns, or of the struct at `parent`. It may be null, for rows that are there have no value. */
  | { op: "add"; parent?: string[]; name: string; type: IcebergType; doc?: string }
  | { op: "drop"; path: string[] }
  | { op: "rename"; path: string[]; to: string }
  /** Before or after one of its neighbours, or to the front of them. */
  | { op: "move"; path: string[]; place: "first" | { before: string } | { after: string } }
  /** To a type that keeps all values: int to long, float to double, a decimal to more digits. */
  | { op: "widen"; path: string[]; type: IcebergType }
  /** From then on it may be null. */
  | { op: "relax"; path: string[] }
  | { op: "describe"; path: string[]; doc: string };

/**
 * The schema after the changes, made one after the other, with an id of its own; the current one when they change nothing.
 *
 * @throws MillraceError `MR-LAKE-003` naming the change that cannot be made
 */
export function changedSchema(table: string, metadata: TableMetadata, changes: readonly SchemaChange[]): TableSchema {
  const current = currentSchema(metadata);
  const editor = new SchemaEditor(table, current.fields, metadata["last-column-id"]);
  for (const change of changes) editor.apply(change);
  checkUses(table, metadata, editor.fields);
  return withFields(metadata, editor.fields);
}

/** A schema with these fields: one that the table has had already, or a new one. */
function withFields(metadata: TableMetadata, fields: SchemaField[]): TableSchema {
  const text = JSON.stringify(fields);
  const current = currentSchema(metadata);
  const same = [current, ...metadata.schemas].find((schema) => JSON.stringify(schema.fields) === text);
  return same ?? { type: "struct", "schema-id": Math.max(...metadata.schemas.map((schema) => schema["schema-id"])) + 1, fields };
}

class SchemaEditor {
  fields: SchemaField[];
  readonly #table: string;
  #lastId: number;
  /** Names of the fields of a level that is being added to, in lower case: of thousands that come, each would else look at all. */
  readonly #names = new WeakMap<readonly SchemaField[], Set<string>>();

  constructor(table: string, fields: SchemaField[], lastId: number) {
    this.#table = table;
    this.fields = fields;
    this.#lastId = Math.max(lastId, greatestId(fields));
  }

  apply(change: SchemaChange): void {
    if (change.op === "add") this.#add(change);
    else this.#at(change.path, (field, neighbours) => this.#changed(change, field, neighbours));
  }

  #add({ parent = [], name, type, doc }: Extract<SchemaChange, { op: "add" }>): void {
    const [field] = withFreshIds([{ id: 0, name, required: false, type, ...(doc !== undefined && { doc }) }], this.#lastId + 1);
    this.#lastId = Math.max(this.#lastId, greatestId([field]));
    const added = (fields: SchemaField[]): SchemaField[] => {
      const names = this.#names.get(fields) ?? new Set(fields.map((one) => one.name.toLowerCase()));
      if (names.has(name.toLowerCase()) || nameFault([name]) !== undefined) this.#checkFree(fields, name);
      const next = [...fields, field];
      this.#names.set(next, names.add(name.toLowerCase()));
      return next;
    };
    if (parent.length === 0) {
      this.fields = added(this.fields);
      return;
    }
    this.#at(parent, (struct, neighbours) => {
      if (isPrimitive(struct.type) || struct.type.type !== "struct") throw this.#misfit(parent, `it is ${typeText(struct.type)}, and fields are added to structs alone`, "name the struct: through a list by `element`, through a map by `value`");
      return replaced(neighbours, struct, { ...struct, type: { ...struct.type, fields: added(struct.type.fields) } });
    });
  }

  #changed(change: Exclude<SchemaChange, { op: "add" }>, field: SchemaField, neighbours: SchemaField[]): SchemaField[] {
    switch (change.op) {
      case "drop":
        if (neighbours.length === 1) throw this.#misfit(change.path, "it is the only one there", "drop what it stands in, or the table");
        return neighbours.filter((one) => one !== field);
      case "rename":
        this.#checkFree(neighbours.filter((one) => one !== field), change.to);
        return replaced(neighbours, field, { ...field, name: change.to });
      case "move":
        return this.#moved(change, field, neighbours);
      case "widen":
        if (!canPromote(field.type, change.type) && !sameType(field.type, change.type)) {
          throw this.#misfit(change.path, `it is ${typeText(field.type)}, which cannot become ${typeText(change.type)} where rows stay as they are`, "add a column of the new type, and fill it");
        }
        return replaced(neighbours, field, { ...field, type: change.type });
      case "relax":
        return replaced(neighbours, field, { ...field, required: false });
      case "describe":
        return replaced(neighbours, field, { ...field, doc: change.doc });
    }
  }

  #moved({ path, place }: Extract<SchemaChange, { op: "move" }>, field: SchemaField, neighbours: SchemaField[]): SchemaField[] {
    const others = neighbours.filter((one) => one !== field);
    if (place === "first") return [field, ...others];
    const name = "before" in place ? place.before : place.after;
    const at = others.findIndex((one) => one.name === name);
    if (at < 0) throw this.#misfit(path, `it has no neighbour "${name}"`, `name one of ${others.map((one) => `"${one.name}"`).join(", ")}`);
    return others.toSpliced("before" in place ? at : at + 1, 0, field);
  }

  #at(path: string[], change: (field: SchemaField, neighbours: SchemaField[]) => SchemaField[]): void {
    this.fields = this.#within(this.fields, path, 0, change);
  }

  #within(fields: SchemaField[], path: string[], depth: number, change: (field: SchemaField, neighbours: SchemaField[]) => SchemaField[]): SchemaField[] {
    const field = fields.find(({ name }) => name === path[depth]);
    if (field === undefined) throw this.#misfit(path.slice(0, depth + 1), "there is no such field", `name one of ${fields.map(({ name }) => `"${name}"`).join(", ")}`);
    if (depth === path.length - 1) return change(field, fields);
    return replaced(fields, field, { ...field, type: withInner(field.type, this.#within(innerFields(field.type), path, depth + 1, change), () => this.#misfit(path, "what a list or map holds keeps its place and its name", "change what is inside of it")) });
  }

  #checkFree(fields: SchemaField[], name: string): void {
    const fault = nameFault([...fields.map((field) => field.name), name]);
    if (fault !== undefined) throw this.#misfit([name], fault, "choose another name");
  }

  #misfit(path: string[], what: string, mend: string): MillraceError {
    const name = path.join(".");
    return new MillraceError("MR-LAKE-003", { what: `column "${name}": ${what}`, where: `table "${this.#table}", column "${name}"`, mend });
  }
}

function replaced(fields: SchemaField[], field: SchemaField, by: SchemaField): SchemaField[] {
  return fields.map((one) => (one === field ? by : one));
}

/** The inverse of `innerFields`, where they still are what the type can hold. */
function withInner(type: IcebergType, inner: SchemaField[], wrong: () => MillraceError): IcebergType {
  if (isPrimitive(type)) return type;
  if (type.type === "struct") return { ...type, fields: inner };
  const names = inner.map(({ name }) => name).join(" ");
  if (type.type === "list") {
    if (names !== "element") throw wrong();
    return { ...type, element: inner[0].type, "element-required": inner[0].required };
  }
  if (names !== "key value" || !sameType(inner[0].type, type.key)) throw wrong();
  return { ...type, value: inner[1].type, "value-required": inner[1].required };
}

/** What partitions and orders rows must stay: their files could not be told apart any more. */
function checkUses(table: string, metadata: TableMetadata, fields: SchemaField[]): void {
  const left = new Set<number>();
  const ids = (level: readonly SchemaField[]): void => {
    for (const field of level) {
      left.add(field.id);
      ids(innerFields(field.type));
    }
  };
  ids(fields);
  const spec = metadata["partition-specs"].find((one) => one["spec-id"] === metadata["default-spec-id"]);
  const gone = spec?.fields.find((field) => field.transform !== "void" && !left.has(field["source-id"]));
  if (gone === undefined) return;
  throw new MillraceError("MR-LAKE-003", {
    what: `the table is partitioned by "${gone.name}", whose column would be gone`,
    where: `table "${table}"`,
    mend: "partition the table by something else first, then drop the column",
  });
}
