import { damaged } from "../damage.ts";
import type { FileSource } from "../file-source.ts";
import type { InferredField, InferredType } from "../inferred-type.ts";
import { readThrift, type ThriftStruct, type ThriftValue } from "./thrift.ts";

export interface ParquetFooter {
  rows: number;
  fields: InferredField[];
}

const footerBytesMax = 256 << 20;

/** What a Parquet file says of itself at its end. Its pages are not looked at: that is for reading them. */
export async function readParquetFooter(source: FileSource): Promise<ParquetFooter> {
  const footer = await readFooter(source);
  try {
    return footerOf(footer);
  } catch (cause) {
    throw damaged(source.name, "the footer", (cause as Error).message, cause);
  }
}

/** The footer as it stands, by the ids of its fields. @throws MillraceError `MR-FORMAT-006` */
export async function readFooter(source: FileSource): Promise<ThriftStruct> {
  const tail = await source.read(Math.max(0, source.size - 8), source.size);
  const magic = tail.subarray(4).toString("latin1");
  if (source.size < 12 || (magic !== "PAR1" && magic !== "PARE")) throw damaged(source.name, `byte ${source.size}`, "the footer at its end is missing");
  if (magic === "PARE") throw damaged(source.name, "", "its footer is encrypted");
  const length = tail.readUInt32LE(0);
  if (length > source.size - 12 || length > footerBytesMax) throw damaged(source.name, `byte ${source.size - 8}`, "the length of its footer cannot be");
  const bytes = await source.read(source.size - 8 - length, source.size - 8);
  try {
    return readThrift(bytes);
  } catch (cause) {
    throw damaged(source.name, `the footer at byte ${source.size - 8 - length}`, (cause as Error).message, cause);
  }
}

/** A node of the schema, with its children. */
interface Node {
  name: string;
  /** Absent for groups. */
  physical: number | undefined;
  repeated: boolean;
  converted: number | undefined;
  logical: ThriftStruct | undefined;
  scale: number;
  precision: number;
  children: Node[];
}

function footerOf(footer: ThriftStruct): ParquetFooter {
  const elements = footer.get(2);
  const rows = Number(footer.get(3));
  if (!Array.isArray(elements) || elements.length === 0 || !Number.isSafeInteger(rows) || rows < 0) throw new RangeError("it names no schema or no count of rows");
  const root = treeOf(elements as ThriftStruct[], { at: 0 }, 0);
  return { rows, fields: fieldsOf(root.children, rows) };
}

function treeOf(elements: ThriftStruct[], cursor: { at: number }, depth: number): Node {
  const element = elements[cursor.at++];
  if (!(element instanceof Map) || depth > 100) throw new RangeError("the schema is no tree");
  const count = numberOf(element.get(5)) ?? 0;
  const node: Node = {
    name: (element.get(4) as Buffer).toString("utf8"),
    physical: numberOf(element.get(1)),
    repeated: numberOf(element.get(3)) === 2,
    converted: numberOf(element.get(6)),
    logical: element.get(10) as ThriftStruct | undefined,
    scale: numberOf(element.get(7)) ?? 0,
    precision: numberOf(element.get(8)) ?? 0,
    children: [],
  };
  for (let i = 0; i < count; i++) node.children.push(treeOf(elements, cursor, depth + 1));
  return node;
}

function fieldsOf(nodes: readonly Node[], count: number): InferredField[] {
  return nodes.map((node) => ({ name: node.name, type: node.repeated ? { kind: "list", element: typeOf(node, count), count } : typeOf(node, count) }));
}

const [convertedMap, convertedMapKeyValue, convertedList] = [1, 2, 3];
const [logicalMap, logicalList] = [2, 3];

function typeOf(node: Node, count: number): InferredType {
  if (node.physical !== undefined) return leafType(node, count);
  const { children, converted, logical } = node;
  const inner = children[0];
  if ((converted === convertedList || logical?.has(logicalList)) && children.length === 1 && inner.repeated) {
    // Old writers repeat the element itself; all others put it into a group of its own.
    const element = inner.physical === undefined && inner.children.length === 1 && inner.name !== "array" && !inner.name.endsWith("_tuple") ? inner.children[0] : { ...inner, repeated: false };
    return { kind: "list", element: typeOf(element, count), count };
  }
  if ((converted === convertedMap || converted === convertedMapKeyValue || logical?.has(logicalMap)) && children.length === 1 && inner.children.length === 2) {
    return { kind: "map", value: typeOf(inner.children[1], count), count };
  }
  return { kind: "struct", fields: fieldsOf(children, count), count };
}

/** By the logical type; where a file has none, by the converted type, which came before it; else by what is stored. */
function leafType(node: Node, count: number): InferredType {
  const scalar = (kind: "boolean" | "long" | "double" | "date" | "time" | "timestamp" | "timestamptz" | "string" | "uuid" | "binary"): InferredType => ({ kind, count });
  const decimal = (precision: number, scale: number): InferredType => (precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision ? { kind: "decimal", precision, scale, count } : scalar("double"));
  const { logical, converted, physical } = node;
  if (logical?.has(5)) return decimal(numberOf((logical.get(5) as ThriftStruct).get(2)) ?? 0, numberOf((logical.get(5) as ThriftStruct).get(1)) ?? 0);
  if (logical?.has(8)) return scalar((logical.get(8) as ThriftStruct).get(1) === true ? "timestamptz" : "timestamp");
  if (logical?.has(1) || logical?.has(4) || logical?.has(12)) return scalar("string");
  if (logical?.has(6)) return scalar("date");
  if (logical?.has(7)) return scalar("time");
  if (logical?.has(14)) return scalar("uuid");
  switch (converted) {
    case 0:
    case 4:
    case 19:
      return scalar("string");
    case 5:
      return decimal(node.precision, node.scale);
    case 6:
      return scalar("date");
    case 7:
    case 8:
      return scalar("time");
    case 9:
    case 10:
      return scalar("timestamptz");
  }
  // Of the old 96-bit times nobody says whether they have a zone; DuckDB takes them without.
  const stored = { 0: "boolean", 1: "long", 2: "long", 3: "timestamp", 4: "double", 5: "double" } as const;
  return scalar(stored[physical as keyof typeof stored] ?? "binary");
}

function numberOf(value: ThriftValue | undefined): number | undefined {
  return typeof value === "bigint" ? Number(value) : undefined;
}

