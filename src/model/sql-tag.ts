import { isInstant } from "../calendar/instant-in.ts";
import { definitionKind, type TableDefinition, type TopicDefinition } from "./definition.ts";
import { invalid } from "./option-checks.ts";
import { placedSecret } from "./secret.ts";
import { hasQuotedPlace } from "./sql-quotes.ts";

const mark: unique symbol = Symbol.for("millrace.sql");

/** A piece of SQL that holds nothing but what its author wrote and literals made of values. */
export interface Sql {
  readonly [mark]: true;
  readonly text: string;
  /** Datasets that stand in it. */
  readonly reads: readonly (TopicDefinition | TableDefinition)[];
  /** Names of the secrets that stand in it, each as `{'secret': 'name'}`: what a step with a key reads. */
  readonly secrets: readonly string[];
}

/**
 * What may stand in a `sql` template.
 *
 * | value | in the statement |
 * |---|---|
 * | another piece of SQL | as it is |
 * | a dataset | its quoted name |
 * | a text that is a point in time, as `interval.start`; a `Date` | `TIMESTAMPTZ '…'` |
 * | the place of a secret, `secret("name")` | `{'secret': 'name'}`, the key of a step; what the secret is never stands there |
 * | another text | `'…'` |
 * | number, bigint, boolean, null | itself |
 * | a list | `[…]`, as in `where id in ${ids}` |
 * | an object | a struct |
 */
export type SqlValue = Sql | TopicDefinition | TableDefinition | string | number | bigint | boolean | null | Date | readonly SqlValue[] | { readonly [field: string]: SqlValue };

/** Writes SQL with values in it; none of them can become more than a value. */
export interface SqlTag {
  (strings: TemplateStringsArray, ...values: SqlValue[]): Sql;
  /** Text that goes into the statement as it is. It must not come from outside. */
  raw(text: string): Sql;
  /** A name of a column or of anything else, in quotes. */
  id(name: string): Sql;
  /** A text as a text, also where it looks like a point in time. */
  text(value: string): Sql;
  /** Pieces one after the other. Default separator: `, `. */
  join(parts: readonly SqlValue[], separator?: Sql): Sql;
}

/**
 * The tag that writes SQL.
 * @example sql`select * from ${orders} where customer = ${params.customer}`
 * @throws MillraceError `MR-MODEL-001` for a value that SQL has no word for
 */
export const sql: SqlTag = Object.assign(
  (strings: TemplateStringsArray, ...values: SqlValue[]): Sql => {
    checkPlaces(strings);
    return piece(strings.map((text, i) => (i === 0 ? "" : literal(values[i - 1])) + text).join(""), readsOf(values), secretsOf(values));
  },
  {
    raw: (text: string): Sql => piece(checkText(text, "sql.raw")),
    id: (name: string): Sql => piece(quotedName(checkText(name, "sql.id"))),
    text: (value: string): Sql => piece(quotedText(checkText(value, "sql.text"))),
    join: (parts: readonly SqlValue[], separator = piece(", ")): Sql => piece(parts.map(literal).join(separator.text), readsOf([...parts, separator]), secretsOf([...parts, separator])),
  },
);

/**
 * The rows of a dataset whose event time, or interval, lies in `[start, end)`, as something to select from.
 * @example sql`select origin, count(*) from ${within(flights, interval)} group by all`
 * @throws MillraceError `MR-MODEL-001` for a dataset without a time of its own
 */
export function within(dataset: TopicDefinition | TableDefinition, interval: { readonly start: string | Sql; readonly end: string | Sql }): Sql {
  const field = timeField(dataset);
  return sql`(select * from ${dataset} where ${field} >= ${interval.start} and ${field} < ${interval.end})`;
}

export function isSql(value: unknown): value is Sql {
  return typeof value === "object" && value !== null && (value as Partial<Sql>)[mark] === true;
}

/** Templates that have been looked at: there is one object for each that is written. */
const sound = new WeakSet<TemplateStringsArray>();

function checkPlaces(strings: TemplateStringsArray): void {
  if (sound.has(strings)) return;
  if (strings.some((text) => text === undefined)) throw unfit("an escape that JavaScript does not know", "write \\\\ for a backslash");
  if (hasQuotedPlace(strings)) throw unfit("a value inside of quotes or a comment", "leave the quotes out: the tag writes them; a part of a text is put together before, as ${`${name}%`}");
  sound.add(strings);
}

const piece = (text: string, reads: Sql["reads"] = [], secrets: Sql["secrets"] = []): Sql => ({ [mark]: true, text, reads, secrets });

/** The datasets in values, each once. */
function readsOf(values: readonly SqlValue[]): Sql["reads"] {
  return [...new Set(values.flatMap((value): Sql["reads"] => {
    if (typeof value !== "object" || value === null || value instanceof Date) return [];
    if (isSql(value)) return value.reads;
    if (Array.isArray(value)) return readsOf(value);
    const kind = definitionKind(value);
    if (kind === undefined) return readsOf(Object.values(value as Record<string, SqlValue>));
    return inlined(value as TableDefinition)?.reads ?? [value as TopicDefinition | TableDefinition];
  }))];
}

/** The secrets that values name, each once. */
function secretsOf(values: readonly SqlValue[]): string[] {
  return [...new Set(values.flatMap((value): readonly string[] => {
    if (typeof value === "string") return [placedSecret(value)].filter((name) => name !== undefined);
    if (typeof value !== "object" || value === null || value instanceof Date) return [];
    if (isSql(value)) return value.secrets;
    if (Array.isArray(value)) return secretsOf(value);
    if (definitionKind(value) === undefined) return secretsOf(Object.values(value as Record<string, SqlValue>));
    return inlined(value as TableDefinition)?.secrets ?? [];
  }))];
}

/** The statement of a model that has no rows of its own: it stands where its name would. */
function inlined(dataset: TopicDefinition | TableDefinition): Sql | undefined {
  const { model } = dataset as TableDefinition;
  return model?.materialize.kind === "ephemeral" ? model.statement(false) : undefined;
}

/** The name under which SQL finds a dataset. */
function datasetName(dataset: TopicDefinition | TableDefinition): string {
  const statement = inlined(dataset);
  // It may end in a comment.
  if (statement !== undefined) return `(${statement.text}\n)`;
  if (definitionKind(dataset) === "topic") return `topics.${quotedName(dataset.name)}`;
  return dataset.name.split(".").map(quotedName).join(".");
}

function timeField(dataset: TopicDefinition | TableDefinition): Sql {
  const kind = definitionKind(dataset);
  if (kind === "topic") return sql.id((dataset as TopicDefinition).eventTime ?? "_event_time");
  const { interval, eventTime, from, name } = dataset as TableDefinition;
  const field = interval ?? eventTime ?? from?.eventTime;
  if (field !== undefined) return sql.id(field);
  throw invalid(`table "${name}" has no time of its own`, "within", "give the table or its topic eventTime, or compare a column: where at >= ${interval.start}");
}

/** Date, time and offset to the second or finer. */
const pointInTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** A value as SQL writes it. */
export function literal(value: SqlValue): string {
  switch (typeof value) {
    case "string": {
      const name = placedSecret(value);
      if (name !== undefined) return structText({ secret: name });
      return pointInTime.test(value) && isInstant(value) ? `TIMESTAMPTZ '${value}'` : quotedText(value);
    }
    case "number":
      return numberText(value);
    case "bigint":
      return value < 0n ? `(${value})` : String(value);
    case "boolean":
      return value ? "TRUE" : "FALSE";
    case "object":
      return value === null ? "NULL" : objectText(value);
    default:
      throw unfit(`a value of type ${typeof value}`, value === undefined ? "write null where a value is missing" : "give a text, a number, a boolean, null, a Date, a list or an object of these");
  }
}

/**
 * In brackets where it begins with a sign: two of those in a row would begin a comment. With an exponent where it is not
 * whole: without one the engine would take it for a decimal, and reckon with it in another way than it was come by.
 */
function numberText(value: number): string {
  if (!Number.isFinite(value)) return `'${value}'::DOUBLE`;
  const text = Object.is(value, -0) ? "-0" : String(value);
  const exact = Number.isSafeInteger(value) && text !== "-0" ? text : text.includes("e") ? text : `${text}e0`;
  return text.startsWith("-") ? `(${exact})` : exact;
}

function objectText(value: object): string {
  if (isSql(value)) return value.text;
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (value instanceof Date) return dateText(value);
  const kind = definitionKind(value);
  if (kind === "topic" || kind === "table") return datasetName(value as TopicDefinition | TableDefinition);
  if (kind !== undefined) throw unfit(`a ${kind}`, "give a topic or a table");
  return structText(value);
}

function structText(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  const entries = Object.entries(value as Record<string, SqlValue>);
  if ((prototype !== Object.prototype && prototype !== null) || entries.length === 0) {
    throw unfit(entries.length === 0 ? "an object without fields" : `an object of class ${(value.constructor as { name?: string })?.name ?? "unknown"}`, "give its fields one by one, or a plain object with at least one");
  }
  return `{${entries.map(([name, each]) => `${quotedText(name)}: ${literal(each)}`).join(", ")}}`;
}

function dateText(value: Date): string {
  if (Number.isNaN(value.getTime())) throw unfit("a Date that is no date", "check what it was made of");
  return `TIMESTAMPTZ '${value.toISOString()}'`;
}

/** In DuckDB a backslash in a text is a backslash: the quote alone has a meaning. */
const quotedText = (text: string): string => `'${checkText(text, "sql").replaceAll("'", "''")}'`;
const quotedName = (name: string): string => `"${checkText(name, "sql").replaceAll('"', '""')}"`;

function checkText(text: unknown, where: string): string {
  if (typeof text !== "string") throw invalid(`${where} is given a value of type ${typeof text}`, where, "give a text");
  if (text.includes("\0")) throw invalid("a text holds the character NUL, which ends a statement", where, "take it out first: text.replaceAll(\"\\0\", \"\")");
  if (!text.isWellFormed()) throw invalid("a text holds half of a character (a lone surrogate)", where, "mend it first: text.toWellFormed()");
  return text;
}

const unfit = (what: string, mend: string) => invalid(`${what} cannot stand in SQL`, "sql`…`", mend);
