import type { Json } from "./manifest.ts";
import { canonical } from "./release.ts";

/** A field of a declaration that differs; null where it is absent. What may be a secret is hidden. */
export interface FieldChange {
  field: string;
  before: Json;
  after: Json;
}

const hidden = "(hidden)";
/** Fields whose values nobody needs to see, in whatever spelling; `secrets` are names of them. */
const secretField = /pass(word|wd|phrase)?$|secret(?!s$)|token|credential|authorization|cookie|api.?key|access.?key|private.?key/i;
/** Names of secrets are no secrets. */
const reference = /^\s*(?:\w+\s+)?\{\{\s*secrets\.[^}]+\}\}\s*$/;
const passwordInAddress = /(:\/\/[^/?#\s:@]*:)[^/?#\s@]+@/g;

/** @param besides - fields that do not count here */
export function fieldChanges(from: object, to: object, besides: readonly string[]): FieldChange[] {
  const [before, after] = [from, to] as { [field: string]: Json | undefined }[];
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((field) => !besides.includes(field));
  return fields.map((field) => ({ field, before: before[field] ?? null, after: after[field] ?? null })).filter(differs).map(shown);
}

export const differs = ({ before, after }: FieldChange): boolean => canonical(before) !== canonical(after);

/** For people: literals that may be secrets are left out, and so are passwords in addresses. */
export const shown = ({ field, before, after }: FieldChange): FieldChange => ({ field, before: shownValue(field, before), after: shownValue(field, after) });

function shownValue(field: string, value: Json): Json {
  if (Array.isArray(value)) return value.map((each) => shownValue(field, each));
  if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shownValue(key, each)]));
  if (typeof value !== "string") return value;
  return secretField.test(field.slice(field.lastIndexOf(".") + 1)) && !reference.test(value) ? hidden : value.replaceAll(passwordInAddress, `$1${hidden}@`);
}
