import { MillraceError } from "../errors.ts";
import type { Json } from "./manifest.ts";
import { invalid } from "./option-checks.ts";

/*
 * A secret is named where it is needed and never written there. In a text it is a place, `{{ secrets.name }}`, which is
 * filled when the task runs, for that task alone.
 */

const nameForm = /^[A-Za-z][A-Za-z0-9_-]{0,126}$/;
const place = /\{\{\s*secrets\.([A-Za-z][A-Za-z0-9_-]*)\s*\}\}/g;

/**
 * The place of a secret, for a setting of a task, of a connection or of an alert.
 *
 * The value is looked up each time a task begins that needs it: in the environment of Millrace as `MILLRACE_SECRET_` with the
 * name in capitals and `_` for `-`, then as a file of that name in the folder `MILLRACE_SECRETS_FOLDER` (default
 * `/run/secrets`, where containers find theirs).
 *
 * @param name - 1 to 127 letters, digits, hyphens and underscores; the first a letter
 * @example http("post", { url: "https://api.example.com/rows", headers: { authorization: `Bearer ${secret("api-token")}` } })
 * @throws MillraceError `MR-MODEL-001` for a name that is none
 */
export function secret(name: string): string {
  if (typeof name !== "string" || !nameForm.test(name)) throw invalid(`${JSON.stringify(name)} is no name of a secret`, "secret", "use letters, digits, hyphens and underscores; the first a letter");
  return `{{ secrets.${name} }}`;
}

const mark: unique symbol = Symbol.for("millrace.connection");

/** What is needed to reach an outside system, in one place for all tasks that use it. */
export interface ConnectionDefinition<T extends object = object> {
  readonly [mark]: true;
  readonly name: string;
  /** Texts in it may have places for secrets. */
  readonly settings: T;
}

/**
 * Declares how an outside system is reached. A task that names it in `uses` gets it whole from its context, secrets filled in.
 * @example
 * const warehouse = connection("warehouse", { host: "db.example.com", user: "etl", password: secret("warehouse-password") });
 * task("load", async ({ connection }) => { const { host, password } = connection(warehouse); … }, { uses: [warehouse] })
 */
export function connection<const T extends { readonly [field: string]: Json }>(name: string, settings: T): ConnectionDefinition<T> {
  if (typeof name !== "string" || name === "") throw invalid("the connection has no name", "connection", 'write connection("name", { … })');
  if (typeof settings !== "object" || settings === null || Array.isArray(settings)) throw invalid(`connection "${name}" has no settings`, "connection", "give an object");
  return Object.freeze({ [mark]: true as const, name, settings });
}

export const isConnection = (value: unknown): value is ConnectionDefinition => typeof value === "object" && value !== null && (value as { [mark]?: true })[mark] === true;

/** Names of the secrets that have a place in any text of a value. */
export function secretNames(value: unknown): string[] {
  return [...new Set([...(JSON.stringify(value) ?? "").matchAll(place)].map(([, name]) => name))].sort();
}

/** The name of the secret of which a text is the place, and nothing else. */
export function placedSecret(text: string): string | undefined {
  const [name] = secretNames(text);
  return name !== undefined && text === secret(name) ? name : undefined;
}

/** What code of the user's is given of secrets: those that its declaration names in `uses`, and no other. */
export interface SecretAccess {
  /**
   * The value of a secret that is named in `uses`.
   * @throws MillraceError `MR-SECRET-002` for another one
   */
  readonly secret: (name: string) => string;
  /**
   * A connection that is named in `uses`, with its secrets filled in.
   * @throws MillraceError `MR-SECRET-002` for another one
   */
  readonly connection: <T extends object>(definition: ConnectionDefinition<T>) => T;
}

/**
 * Access to these secrets.
 * @param owner - whose they are, for people: "task", "stage"
 */
export function secretAccess(secrets: Readonly<Record<string, string>>, owner: string, where: string): SecretAccess {
  const secret = (name: string): string => {
    if (Object.hasOwn(secrets, name)) return secrets[name];
    throw new MillraceError("MR-SECRET-002", { what: `the ${owner} does not name secret "${name}"`, where, mend: `write uses: [secret("${name}")], or the connection that it belongs to, among the ${owner}'s options` });
  };
  return { secret, connection: ({ settings }) => fillSecrets(settings, secret) };
}

/** A value with the places of secrets in its texts filled. */
export function fillSecrets<T>(value: T, secretOf: (name: string) => string): T {
  if (typeof value === "string") return value.replace(place, (_, name: string) => secretOf(name)) as T;
  if (Array.isArray(value)) return value.map((each) => fillSecrets(each, secretOf)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, fillSecrets(each, secretOf)])) as T;
}
