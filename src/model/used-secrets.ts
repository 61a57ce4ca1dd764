import { invalid } from "./option-checks.ts";
import { type ConnectionDefinition, isConnection, secretNames } from "./secret.ts";

/** What a task or a stage is given of secrets: places of them, and connections. */
export type Uses = readonly (string | ConnectionDefinition)[];

const mark: unique symbol = Symbol.for("millrace.uses");

/** Code of ours that asks its context for secrets, and says itself for which: whoever declares it need not name them. */
export function usingSecrets<F extends object>(code: F, places: Uses): F {
  return Object.assign(code, { [mark]: places });
}

/**
 * Names of the secrets in what a task or a stage uses; undefined where it uses none.
 * @param code - what is run, which may say by itself what it uses
 * @throws MillraceError `MR-MODEL-001` for what is neither a secret nor a connection
 */
export function usedSecrets(uses: unknown, where: string, code?: unknown): string[] | undefined {
  if (uses !== undefined && !Array.isArray(uses)) throw invalid("`uses` is no list", where, 'write uses: [secret("api-token"), warehouse]');
  const own = (code as { [mark]?: Uses } | undefined)?.[mark] ?? [];
  if (uses === undefined && own.length === 0) return undefined;
  return secretNames([...(uses ?? []), ...own].map((each: unknown) => places(each, where)));
}

function places(each: unknown, where: string): unknown {
  if (isConnection(each)) return each.settings;
  if (typeof each === "string" && secretNames(each).length > 0) return each;
  throw invalid(`\`uses\` names ${JSON.stringify(each)}, which is neither a secret nor a connection`, where, 'write uses: [secret("api-token")], or what connection(…) returned');
}
