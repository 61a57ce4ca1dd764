import type { TaskDecl } from "../dag-manifest.ts";
import type { Json } from "../manifest.ts";
import { secretNames } from "../secret.ts";
import { hasQuotedPlace } from "../sql-quotes.ts";
import { literal, type SqlValue } from "../sql-tag.ts";
import { fault } from "./fault.ts";

/** What a run says of itself to the texts of a task without code. */
export interface TemplateFacts {
  id: string;
  logicalDate: string | null;
  interval: { start: string; end: string };
  params: Json;
  /** Those that the task may have. */
  secrets?: Readonly<Record<string, string>>;
}

/** A run that there is not: for statements that are looked at and not run. */
export const exampleRun: TemplateFacts = { id: "example", logicalDate: "1970-01-01T00:00:00Z", interval: { start: "1970-01-01T00:00:00Z", end: "1970-01-02T00:00:00Z" }, params: {} };

const place = /\{\{\s*([^{}]*?)\s*\}\}/g;
const names = ["interval.start", "interval.end", "logicalDate", "run.id"];
const secretPlace = /^secrets\.([A-Za-z][A-Za-z0-9_-]*)$/;
const param = /^params((?:\.[A-Za-z_][A-Za-z0-9_]*)+)$/;

export const hasPlaces = (settings: Json | undefined): boolean => /\{\{/.test(JSON.stringify(settings ?? null));

/**
 * The settings of a task whose texts have places, filled. In SQL a place becomes a literal; in an address it is encoded; a
 * text that is nothing but a place becomes the value itself, else the value is put into the text.
 *
 * @throws MillraceError `MR-MODEL-013` for a parameter that the run does not have
 */
export function filledSettings({ kind, settings, template, name }: Pick<TaskDecl, "kind" | "settings" | "template" | "name">, facts: TemplateFacts): Json | undefined {
  if (!template || settings === undefined) return settings;
  const where = `task "${name}"`;
  if (kind === "sql") {
    const { sql } = settings as { sql: string };
    return { sql: filledStatement(sql, facts, where) };
  }
  return filled(settings, "", (path) => valueAt(path, facts, where)) as Json;
}

/** A statement with its places filled by literals. */
export function filledStatement(sql: string, facts: TemplateFacts, where: string): string {
  return sql.replace(place, (_, path: string) => literal(valueAt(path, facts, where) as SqlValue));
}

/** @throws MillraceError `MR-MODEL-013` for a place that nothing fills, or one in a text for the shell */
export function checkPlaces(kind: TaskDecl["kind"], settings: Json, where: string): void {
  const { command, sql } = (settings ?? {}) as { command?: Json; sql?: Json };
  if (kind === "sql" && hasQuotedPlace((sql as string).split(place).filter((_, i) => i % 2 === 0))) {
    throw fault("the statement has a place inside of quotes or a comment", where, "leave the quotes out: the place becomes a literal with its own");
  }
  if (kind === "shell" && typeof command === "string" && hasPlaces(command)) {
    throw fault("the command has places that the shell would read as its own words", where, 'write "$MILLRACE_INTERVAL_START" and its like, or give the command as a list: ["program", "{{ interval.start }}"]');
  }
  if ((kind === "shell" || kind === "container") && secretNames(command).length > 0) {
    throw fault("the command has a secret among its arguments, which everybody on the machine can read", where, "put it into `env`, and let the program read it from there");
  }
  for (const [, path] of JSON.stringify(settings).matchAll(place)) {
    if (kind === "sql" && secretPlace.test(path)) throw fault("the statement has a place for a secret, and statements are kept", where, "leave it out: a statement reads tables and topics, for which it needs none");
    if (!names.includes(path) && !param.test(path) && !secretPlace.test(path)) throw fault(`nothing fills the place {{ ${path} }}`, where, `use one of ${names.join(", ")}, params.name, secrets.name`);
  }
}

/** A key under which tasks count together, with its places filled. What a run does not have is left out. */
export function filledKey(text: string, { index, ...facts }: TemplateFacts & { index: number }): string {
  return text.replace(place, (_, path: string) => (path === "index" ? String(index) : wordOf(givenAt(path, facts) ?? "")));
}

/** @throws MillraceError `MR-MODEL-013` for a place that nothing fills */
export function checkKeyPlaces(text: string, where: string): void {
  for (const [, path] of text.matchAll(place)) {
    if (path !== "index" && !names.includes(path) && !param.test(path)) throw fault(`nothing fills the place {{ ${path} }}`, where, `use one of ${names.join(", ")}, index, params.name`);
  }
}

const wordOf = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));

function filled(value: Json, key: string, fill: (path: string) => Json): Json {
  if (typeof value === "string") return filledText(value, key, fill);
  if (Array.isArray(value)) return value.map((each) => filled(each, key, fill));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, filled(each, key === "" ? name : key, fill)]));
}

/** @param key - which of the settings it is in */
function filledText(text: string, key: string, fill: (path: string) => Json): Json {
  const whole = new RegExp(`^${place.source}$`).exec(text);
  if (whole && key === "body") return fill(whole[1]);
  return text.replace(place, (_, path: string) => (key === "url" ? encodeURIComponent(wordOf(fill(path))) : wordOf(fill(path))));
}

function valueAt(path: string, facts: TemplateFacts, where: string): Json {
  const value = givenAt(path, facts);
  if (value !== undefined) return value;
  throw fault(`the run has no parameter for {{ ${path} }}`, where, "give the parameter a default in the DAG's `params`, or a value when the run is started");
}

function givenAt(path: string, { id, logicalDate, interval, params, secrets = {} }: TemplateFacts): Json | undefined {
  const secret = secretPlace.exec(path);
  if (secret) return Object.hasOwn(secrets, secret[1]) ? secrets[secret[1]] : undefined;
  if (path === "interval.start") return interval.start;
  if (path === "interval.end") return interval.end;
  if (path === "logicalDate") return logicalDate;
  if (path === "run.id") return id;
  let value: Json | undefined = params;
  for (const name of path.split(".").slice(1)) value = typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return value;
}
