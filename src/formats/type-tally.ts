import type { InferredField, InferredType, ScalarKind } from "./inferred-type.ts";
import { ExactNumber } from "./json/exact-number.ts";
import { decimalDigitsMax, digitsOf, type TextKind, textKind } from "./text-value.ts";

/** Texts that stand for null among values of another kind, in the formats that have nothing but text. */
const nullTexts = new Set(["NA", "N/A", "n/a", "#N/A", "NULL", "Null", "null", "None", "\\N", "-"]);
/** So many different texts of a place are kept, for the search for personal data. */
const samplesMax = 200;
const sampleLengthMax = 200;
/** An object with more keys than this in all, and few of them at once, has data for keys. */
const keysMax = 500;

/**
 * Counts what kinds of values a place in the records holds: a column, a field, the elements of a list. Counts add up in any
 * order, and the type comes from them at the end.
 */
export class TypeTally {
  readonly #fromText: boolean;
  readonly #kinds = new Map<Exclude<TextKind, "decimal"> | "binary", number>();
  #values = 0;
  /** Numbers: the most digits before and after the point, and whether more than a double's were seen. */
  #whole = 0;
  #scale = 0;
  #decimals = 0;
  #notPlain = false;
  #lists = 0;
  #element: TypeTally | undefined;
  #objects = 0;
  #keys = 0;
  #fields: Map<string, TypeTally> | undefined;
  #nullish: Map<string, number> | undefined;
  readonly #samples = new Set<string>();

  /** @param fromText - texts are read as numbers and truth values too: the format has no other way to write them */
  constructor(fromText: boolean) {
    this.#fromText = fromText;
  }

  /** Values other than null. */
  get values(): number {
    return this.#values;
  }

  /** Different texts among the values, the first two hundred. */
  get samples(): readonly string[] {
    return [...this.#samples];
  }

  add(value: unknown): void {
    if (value === null || value === undefined) return;
    this.#values++;
    if (typeof value === "string") this.#addText(value);
    else if (typeof value === "number") this.#addNumber(String(value), value);
    else if (typeof value === "boolean") this.#count("boolean");
    else if (value instanceof ExactNumber) this.#addNumber(value.text, Number.NaN);
    else if (typeof value === "bigint") this.#addNumber(String(value), Number.NaN);
    else if (value instanceof Uint8Array) this.#count("binary");
    else if (Array.isArray(value)) this.#addList(value);
    else this.#addObject(value as Record<string, unknown>);
  }

  #addText(text: string): void {
    if (this.#samples.size < samplesMax) this.#samples.add(text.length > sampleLengthMax ? text.slice(0, sampleLengthMax) : text);
    if (this.#fromText && nullTexts.has(text)) {
      this.#nullish ??= new Map();
      this.#nullish.set(text, (this.#nullish.get(text) ?? 0) + 1);
      return;
    }
    const kind = textKind(this.#fromText ? text.trim() : text);
    if (kind === "decimal" || kind === "double" || kind === "long" || kind === "boolean") {
      if (!this.#fromText) this.#count("string");
      else if (kind === "boolean") this.#count("boolean");
      else this.#addKind(kind, text.trim());
    } else this.#count(kind);
  }

  #addNumber(text: string, value: number): void {
    if (this.#samples.size < samplesMax) this.#samples.add(text);
    if (Number.isSafeInteger(value)) return this.#count("long");
    const kind = textKind(text);
    // JSON has no place for an identifier of twenty digits other than a number.
    if (kind !== "string") this.#addKind(kind as "long" | "double" | "decimal", text);
    else if (/^-?\d{1,38}$/.test(text)) this.#addKind("decimal", text);
    else this.#addKind("double", "e");
  }

  #addKind(kind: "long" | "double" | "decimal", text: string): void {
    if (kind === "long") return this.#count("long");
    this.#count("double");
    const { whole, scale, hasExponent } = /^[-.\d]/.test(text) ? digitsOf(text) : { whole: 0, scale: 0, hasExponent: true };
    this.#notPlain ||= hasExponent;
    this.#whole = Math.max(this.#whole, whole);
    this.#scale = Math.max(this.#scale, scale);
    if (kind === "decimal") this.#decimals++;
  }

  #addList(values: unknown[]): void {
    this.#lists++;
    this.#element ??= new TypeTally(this.#fromText);
    for (const value of values) this.#element.add(value);
  }

  #addObject(value: Record<string, unknown>): void {
    this.#objects++;
    this.#fields ??= new Map();
    for (const key of Object.keys(value)) {
      this.#keys++;
      let field = this.#fields.get(key);
      if (!field) this.#fields.set(key, (field = new TypeTally(this.#fromText)));
      field.add(value[key]);
    }
  }

  #count(kind: Exclude<TextKind, "decimal"> | "binary"): void {
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
  }

  /** The type of what was counted, and what meant null. */
  result(): { type: InferredType; nullTexts?: string[] } {
    const type = this.#type();
    if (!this.#nullish) return { type };
    const nullish = [...this.#nullish.values()].reduce((sum, count) => sum + count, 0);
    // Among texts they are texts: "NA" is Namibia, "None" a surname.
    const mean = type.kind !== "string" && type.kind !== "null" && type.kind !== "uuid" && type.kind !== "choice" && type.kind !== "struct" && type.kind !== "list";
    if (mean) return { type, nullTexts: [...this.#nullish.keys()].sort() };
    return { type: type.kind === "null" || type.kind === "uuid" || type.kind === "string" ? { kind: "string", count: type.count + nullish } : this.#choice([...this.#members(), { kind: "string", count: nullish }]) };
  }

  #type(): InferredType {
    const members = this.#members();
    if (members.length === 0) return { kind: "null", count: 0 };
    return members.length === 1 ? members[0] : this.#choice(members);
  }

  /** Kinds that differ, in a format that is all text, are just text. */
  #choice(members: Member[]): InferredType {
    const count = members.reduce((sum, member) => sum + member.count, 0);
    const structured = members.some(({ kind }) => kind === "struct" || kind === "list" || kind === "map");
    if (this.#fromText && !structured) return { kind: "string", count };
    return { kind: "choice", members: this.#fromText ? textLast(members) : members, count };
  }

  #members(): Member[] {
    const members: Member[] = [];
    const boolean = this.#kinds.get("boolean");
    if (boolean) members.push({ kind: "boolean", count: boolean });
    const number = this.#number();
    if (number) members.push(number);
    const text = this.#text();
    if (text) members.push(text);
    const binary = this.#kinds.get("binary");
    if (binary) members.push({ kind: "binary", count: binary });
    if (this.#element) members.push({ kind: "list", element: this.#element.result().type, count: this.#lists });
    if (this.#fields) members.push(this.#object(this.#fields));
    return members;
  }

  #number(): Member | undefined {
    const longs = this.#kinds.get("long") ?? 0;
    const doubles = this.#kinds.get("double") ?? 0;
    const count = longs + doubles;
    if (count === 0) return undefined;
    if (doubles === 0) return { kind: "long", count };
    const whole = Math.max(this.#whole, longs > 0 ? 19 : 0);
    const exact = this.#decimals > 0 && !this.#notPlain && whole + this.#scale <= decimalDigitsMax;
    return exact ? { kind: "decimal", precision: Math.max(1, whole + this.#scale), scale: this.#scale, count } : { kind: "double", count };
  }

  #text(): Member | undefined {
    const found = textKinds.filter((kind) => this.#kinds.has(kind));
    if (found.length === 0) return undefined;
    const count = found.reduce((sum, kind) => sum + (this.#kinds.get(kind) as number), 0);
    if (found.length === 1) return { kind: found[0], count };
    return { kind: found.every((kind) => kind === "date" || kind === "timestamp") ? "timestamp" : "string", count };
  }

  #object(fields: Map<string, TypeTally>): Member {
    if (fields.size > keysMax && fields.size > (this.#keys / this.#objects) * 4) return this.#map(fields);
    return { kind: "struct", fields: [...fields].map(([name, tally]) => tally.field(name)), count: this.#objects };
  }

  #map(fields: Map<string, TypeTally>): Member {
    const value = new TypeTally(this.#fromText);
    for (const field of fields.values()) value.#absorb(field);
    return { kind: "map", value: value.result().type, count: this.#objects };
  }

  #absorb(other: TypeTally): void {
    this.#values += other.#values;
    for (const [kind, count] of other.#kinds) this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + count);
    this.#whole = Math.max(this.#whole, other.#whole);
    this.#scale = Math.max(this.#scale, other.#scale);
    this.#decimals += other.#decimals;
    this.#notPlain ||= other.#notPlain;
    this.#lists += other.#lists;
    if (other.#element) (this.#element ??= new TypeTally(this.#fromText)).#absorb(other.#element);
    this.#objects += other.#objects;
    this.#keys += other.#keys;
    for (const [text, count] of other.#nullish ?? []) (this.#nullish ??= new Map()).set(text, (this.#nullish.get(text) ?? 0) + count);
    for (const [key, field] of other.#fields ?? []) {
      this.#fields ??= new Map();
      if (!this.#fields.has(key)) this.#fields.set(key, new TypeTally(this.#fromText));
      (this.#fields.get(key) as TypeTally).#absorb(field);
    }
  }

  field(name: string): InferredField {
    return { name, ...this.result() };
  }

  /** The tallies below this one, by key; of a list those of its elements. */
  children(): [string, TypeTally][] {
    return [...(this.#fields ?? []), ...(this.#element ? ([["[]", this.#element]] as [string, TypeTally][]) : [])];
  }
}

type Member = Exclude<InferredType, { kind: "choice" }>;
const textKinds = ["date", "time", "timestamp", "timestamptz", "string", "uuid"] as const satisfies ScalarKind[];

/** In a format that is all text the scalars of a choice are one text. */
function textLast(members: Member[]): Member[] {
  const nested = members.filter(({ kind }) => kind === "struct" || kind === "list" || kind === "map");
  const count = members.reduce((sum, member) => sum + (nested.includes(member) ? 0 : member.count), 0);
  return count > 0 ? [{ kind: "string", count }, ...nested] : nested;
}
