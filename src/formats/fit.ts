import type { InferredField, InferredType } from "./inferred-type.ts";
import { ExactNumber } from "./json/exact-number.ts";
import { digitsOf, textKind } from "./text-value.ts";
import { duckdbType } from "./type-mapping.ts";

/** Why a value does not fit, with the way to it. */
export class Misfit {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/**
 * Turns values into the JSON that DuckDB reads as their type, and refuses what the type cannot hold without loss. What fits
 * here is what `TypeTally` counts: both read text by `textKind`.
 */
export class Fitter {
  readonly #fromText: boolean;
  readonly #json = new WeakMap<InferredType, boolean>();

  /** @param fromText - as in `TypeTally` */
  constructor(fromText: boolean) {
    this.#fromText = fromText;
  }

  /** @throws Misfit */
  fit(value: unknown, type: InferredType, at: string): string {
    if (value === null || value === undefined) return "null";
    switch (type.kind) {
      case "null":
        throw misfit(at, value, type);
      case "choice":
        return jsonText(value);
      case "list":
        if (!Array.isArray(value)) throw misfit(at, value, type);
        return `[${value.map((element, i) => this.fit(element, type.element, `${at}[${i}]`)).join(",")}]`;
      case "struct": {
        const fitted = this.#struct(value, type.fields, at);
        return this.#isJson(type) ? jsonText(value) : fitted;
      }
      case "map":
        return this.#map(value, type.value, at);
      default:
        return this.#scalar(value, type, at);
    }
  }

  /** Objects that DuckDB cannot have as a struct are kept as they stand. */
  #isJson(type: InferredType): boolean {
    let known = this.#json.get(type);
    if (known === undefined) this.#json.set(type, (known = duckdbType(type) === "JSON"));
    return known;
  }

  #struct(value: unknown, fields: readonly InferredField[], at: string): string {
    if (!isObject(value)) throw new Misfit(`${at}: ${shown(value)} is no object`);
    const parts: string[] = [];
    let found = 0;
    for (const { name, type } of fields) {
      const inner = Object.hasOwn(value, name) ? value[name] : undefined;
      if (inner !== undefined) found++;
      parts.push(`${JSON.stringify(name)}:${this.fit(inner, type, `${at}.${name}`)}`);
    }
    if (found < Object.keys(value).length) refuseUnknown(value, new Set(fields.map(({ name }) => name)), at);
    return `{${parts.join(",")}}`;
  }

  #map(value: unknown, type: InferredType, at: string): string {
    if (!isObject(value)) throw new Misfit(`${at}: ${shown(value)} is no object`);
    return `{${Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}:${this.fit(inner, type, `${at}.${key}`)}`).join(",")}}`;
  }

  #scalar(value: unknown, type: InferredType, at: string): string {
    if (type.kind === "string") return scalarText(value, at, type);
    if (type.kind === "binary") return binaryText(value, at, type);
    if (typeof value === "boolean") {
      if (type.kind !== "boolean") throw misfit(at, value, type);
      return String(value);
    }
    const number = numberText(value);
    const isNumber = type.kind === "long" || type.kind === "double" || type.kind === "decimal";
    if (number !== undefined ? !isNumber : typeof value !== "string") throw misfit(at, value, type);
    if (number === undefined && !this.#fromText && (isNumber || type.kind === "boolean")) throw misfit(at, value, type);
    const text = number ?? (this.#fromText ? (value as string).trim() : (value as string));
    if (!holds(type, text)) throw misfit(at, value, type);
    return type.kind === "boolean" ? text.toLowerCase() : `"${text}"`;
  }
}

/** Keys that the schema does not have would be lost without a word. */
export function refuseUnknown(value: Record<string, unknown>, known: ReadonlySet<string>, at: string): void {
  for (const key of Object.keys(value)) {
    if (!known.has(key) && value[key] !== null && value[key] !== undefined) throw new Misfit(`${at ? `${at}: ` : ""}the field ${JSON.stringify(key)} is not in the schema`);
  }
}

function holds(type: InferredType, text: string): boolean {
  const kind = textKind(text);
  switch (type.kind) {
    case "double":
      return kind === "double" || kind === "long" || kind === "decimal" || (kind === "string" && /^-?\d+(\.\d+)?$/.test(text) && Number.isFinite(Number(text)));
    case "decimal":
      return holdsDecimal(type, text, kind);
    case "timestamp":
      return kind === "timestamp" || kind === "date";
    default:
      return kind === type.kind;
  }
}

function holdsDecimal(type: { precision: number; scale: number }, text: string, kind: string): boolean {
  if (kind === "string" ? !/^-?\d+$/.test(text) : kind !== "double" && kind !== "long" && kind !== "decimal") return false;
  if (!/^[-.\d]/.test(text)) return false;
  const digits = digitsOf(text);
  return !digits.hasExponent && digits.whole <= type.precision - type.scale && digits.scale <= type.scale;
}

function numberText(value: unknown): string | undefined {
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  return value instanceof ExactNumber ? value.text : undefined;
}

/** Where text is wanted a number or a truth value is kept as it is written. Lists and objects are not: they would need a form. */
function scalarText(value: unknown, at: string, type: InferredType): string {
  if (typeof value === "string") return JSON.stringify(value);
  const text = typeof value === "boolean" ? String(value) : numberText(value);
  if (text === undefined) throw misfit(at, value, type);
  return JSON.stringify(text);
}

/** In DuckDB's writing of bytes, which a cast to BLOB reads. */
function binaryText(value: unknown, at: string, type: InferredType): string {
  if (!(value instanceof Uint8Array)) throw misfit(at, value, type);
  return `"${[...value].map((byte) => `\\\\x${byte.toString(16).padStart(2, "0").toUpperCase()}`).join("")}"`;
}

/** JSON of a value as it was read. */
export function jsonText(value: unknown): string {
  if (value instanceof ExactNumber) return value.text;
  if (typeof value === "bigint") return String(value);
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString("base64"));
  if (Array.isArray(value)) return `[${value.map((element) => jsonText(element ?? null)).join(",")}]`;
  if (isObject(value)) return `{${Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}:${jsonText(inner ?? null)}`).join(",")}}`;
  return JSON.stringify(value) ?? "null";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array) && !(value instanceof ExactNumber);
}

function misfit(at: string, value: unknown, type: InferredType): Misfit {
  return new Misfit(`${at}: ${shown(value)} is no ${type.kind === "null" ? "null, which is all that was ever seen here" : type.kind}`);
}

function shown(value: unknown): string {
  const text = jsonText(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
