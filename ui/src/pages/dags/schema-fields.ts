/** How a parameter is asked for. */
export interface SchemaField {
  name: string;
  title: string;
  kind: "text" | "number" | "integer" | "flag" | "choice" | "date" | "json";
  required: boolean;
  hint: string | undefined;
  /** Values of a choice, as JSON. */
  choices: string[];
  /** As it stands in the form at first. */
  initial: string;
}

type Schema = { [key: string]: unknown };

const isObject = (value: unknown): value is Schema => typeof value === "object" && value !== null && !Array.isArray(value);

/** The fields of a form for an object of this JSON Schema. */
export function schemaFields(schema: Schema | undefined): SchemaField[] {
  const required = new Set(Array.isArray(schema?.required) ? schema.required : []);
  return Object.entries(isObject(schema?.properties) ? schema.properties : {}).map(([name, property]) => fieldOf(name, isObject(property) ? property : {}, required.has(name)));
}

function fieldOf(name: string, schema: Schema, required: boolean): SchemaField {
  const kind = kindOf(schema);
  const choices = Array.isArray(schema.enum) ? schema.enum.map((value) => JSON.stringify(value)) : [];
  return {
    ...{ name, kind, choices, title: typeof schema.title === "string" ? schema.title : name },
    // A default is a value all the same: who leaves the field alone has given it.
    required: required && schema.default === undefined,
    hint: hintOf(schema),
    initial: schema.default === undefined ? "" : kind === "text" || kind === "date" ? String(schema.default) : JSON.stringify(schema.default),
  };
}

function kindOf({ enum: values, type, format }: Schema): SchemaField["kind"] {
  if (Array.isArray(values)) return "choice";
  if (type === "boolean") return "flag";
  if (type === "integer" || type === "number") return type;
  if (type !== "string") return "json";
  return format === "date" ? "date" : "text";
}

function hintOf(schema: Schema): string | undefined {
  const { description, minimum, maximum, minLength, maxLength, pattern, format } = schema;
  const bounds = [
    minimum !== undefined && minimum !== Number.MIN_SAFE_INTEGER && `at least ${String(minimum)}`,
    maximum !== undefined && maximum !== Number.MAX_SAFE_INTEGER && `at most ${String(maximum)}`,
    minLength !== undefined && `at least ${String(minLength)} characters`,
    maxLength !== undefined && `at most ${String(maxLength)} characters`,
    format !== undefined ? String(format) : pattern !== undefined && `like ${String(pattern)}`,
  ].filter((each) => each !== false);
  const parts = [typeof description === "string" && description, bounds.join(", ")].filter(Boolean);
  return parts.length === 0 ? undefined : parts.join("; ");
}

/**
 * What was written, as parameters; a field that was left empty is left out.
 * @returns `errors` by field, where a text is none of its kind
 */
export function paramsOf(fields: readonly SchemaField[], written: { [name: string]: string }): { params: { [name: string]: unknown }; errors: { [name: string]: string } } {
  const params: { [name: string]: unknown } = {};
  const errors: { [name: string]: string } = {};
  for (const field of fields) {
    const text = written[field.name] ?? field.initial;
    if (text === "") {
      if (field.required && field.kind !== "text") errors[field.name] = "It must be given.";
      else if (field.required) params[field.name] = "";
      continue;
    }
    const read = readValue(field, text);
    if ("error" in read) errors[field.name] = read.error;
    else params[field.name] = read.value;
  }
  return { params, errors };
}

function readValue({ kind }: SchemaField, text: string): { value: unknown } | { error: string } {
  if (kind === "text" || kind === "date") return { value: text };
  if (kind === "integer" || kind === "number") {
    const value = Number(text);
    if (!Number.isFinite(value) || text.trim() === "") return { error: "Write a number." };
    return kind === "integer" && !Number.isSafeInteger(value) ? { error: "Write a whole number." } : { value };
  }
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return { error: 'Write JSON: a list as ["a", "b"], an object as {"a": 1}.' };
  }
}

/** What the server says of several fields, by field: `limit must be at least 1; from is missing`. */
export function errorsByField(fields: readonly SchemaField[], what: string): { [name: string]: string } {
  const found = what.split("; ").flatMap((part) => {
    const field = fields.find(({ name }) => part.startsWith(`${name} `) || part.startsWith(`${name}.`) || part.startsWith(`${name}[`) || part.startsWith(`/${name}`));
    return field ? [[field.name, part] as const] : [];
  });
  return Object.fromEntries(found);
}
