import { type ErrorObject, Ajv2020 } from "ajv/dist/2020.js";
import addFormatsModule from "ajv-formats";
import { parseTimestamp } from "../batch/timestamp.ts";
import type { JsonSchema } from "./manifest.ts";

/** One way in which a record breaks its schema. */
export interface Violation {
  /** The field, nested ones by dots and indexes: `stops[2].code`. Empty for the record itself. */
  field: string;
  /** The keyword of JSON Schema that was broken, as `type`, `required`, `format`, `additionalProperties`. */
  rule: string;
  /** For people: `must be integer`. */
  message: string;
}

/** All the ways in which `value` breaks the schema; none when it keeps it. Absent fields with a default are filled in. */
export type Validator = (value: unknown) => Violation[];

/** Most violations told of one record; a huge list of wrong entries must not become a huge answer. */
export const violationsMax = 100;

// The package is CommonJS: its function is the default export, or one field further in, as the loader has it.
const addFormats = addFormatsModule as unknown as typeof addFormatsModule.default;

/**
 * Compiles a topic's JSON Schema for the edge. Nothing is coerced: `"1"` is no integer. A timestamp may have any offset.
 * Compiling takes milliseconds: do it once for each topic.
 */
export function compileValidator(schema: JsonSchema): Validator {
  const ajv = new Ajv2020({ allErrors: true, strict: false, ownProperties: true, useDefaults: true, logger: false });
  addFormats(ajv);
  ajv.addFormat("date-time", isTimestamp);
  const check = ajv.compile(schema);
  return (value) => {
    const unsafe = unsafeParts(value);
    if (unsafe.length > 0) return unsafe;
    if (check(value)) return [];
    return plainErrors(check.errors ?? []).slice(0, violationsMax).map(violation);
  };
}

const timestamp = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;

/** ISO 8601 with date, time and offset. `Date` moves 30 February to 2 March, so the day is looked at, too. */
function isTimestamp(text: string): boolean {
  const [, year, month, day] = timestamp.exec(text)?.map(Number) ?? [];
  if (day === undefined || day < 1 || day > daysOf(year, month)) return false;
  return !Number.isNaN(parseTimestamp(text));
}

function daysOf(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Deepest nesting of a record: JSON may be nested deeper than any function can follow. */
const depthMax = 100;

/** A key `__proto__`, which JSON allows, would change the object that copies it; so would too deep a record end the process. */
function unsafeParts(value: unknown, at = "", depth = 0): Violation[] {
  if (typeof value !== "object" || value === null) return [];
  if (depth >= depthMax) return [{ field: at, rule: "maxDepth", message: `must not be nested deeper than ${depthMax}` }];
  const found: Violation[] = [];
  for (const key of Object.keys(value)) {
    const below = (value as Record<string, unknown>)[key];
    if (key === "__proto__") found.push({ field: childText(at, key, value), rule: "propertyNames", message: "must not be named __proto__" });
    else if (typeof below === "object" && below !== null) found.push(...unsafeParts(below, childText(at, key, value), depth + 1));
    if (found.length >= violationsMax) break;
  }
  return found;
}

const childText = (at: string, key: string, parent: object): string => (Array.isArray(parent) ? `${at}[${key}]` : at === "" ? key : `${at}.${key}`);

/**
 * Of a union the validator tells what is wrong with every branch. Where all but one branch say "null", the one is meant;
 * else the union as a whole is told.
 */
function plainErrors(errors: readonly ErrorObject[]): ErrorObject[] {
  const unions = errors.filter(({ keyword }) => keyword === "anyOf" || keyword === "oneOf");
  const dropped = new Set<ErrorObject>();
  for (const union of unions) {
    const inside = errors.filter((each) => each !== union && each.schemaPath.startsWith(`${union.schemaPath}/`) && each.instancePath.startsWith(union.instancePath));
    const kept = inside.filter((each) => !(each.keyword === "type" && each.params.type === "null" && each.instancePath === union.instancePath));
    const branches = new Set(kept.map((each) => each.schemaPath.slice(union.schemaPath.length + 1).split("/")[0]));
    for (const each of inside) if (branches.size !== 1 || !kept.includes(each)) dropped.add(each);
    if (branches.size === 1) dropped.add(union);
  }
  return errors.filter((each) => !dropped.has(each));
}

function violation({ instancePath, keyword, params, message }: ErrorObject): Violation {
  const extra = params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty;
  const field = fieldText(extra === undefined ? instancePath : `${instancePath}/${String(extra).replaceAll("~", "~0").replaceAll("/", "~1")}`);
  return { field, rule: keyword, message: messageOf(keyword, params, message) };
}

function messageOf(keyword: string, params: Record<string, unknown>, message = "is not valid"): string {
  switch (keyword) {
    case "required":
      return "is required";
    case "additionalProperties":
      return "is not a field of the schema";
    case "enum":
      return `must be one of ${JSON.stringify(params.allowedValues)}`;
    case "const":
      return `must be ${JSON.stringify(params.allowedValue)}`;
    case "format":
      return params.format === "date-time" ? "must be an ISO 8601 timestamp with its offset, as 2001-01-01T00:00:00Z" : message;
    default:
      return message;
  }
}

/** `/stops/2/code` as `stops[2].code`. */
function fieldText(pointer: string): string {
  const steps = pointer.split("/").slice(1).map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  return steps.reduce((text, step) => (/^\d+$/.test(step) && text !== "" ? `${text}[${step}]` : text === "" ? step : `${text}.${step}`), "");
}
