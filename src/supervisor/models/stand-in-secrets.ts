import type { ModelDecl } from "../../model/models/model-decl.ts";

/** In place of the secrets of a model where its rows go nowhere: the same on every machine, so that a unit test can say what comes of them. */
export function standInSecrets({ secrets = [] }: Pick<ModelDecl, "secrets">): Record<string, string> {
  return Object.fromEntries(secrets.map((name) => [name, `secret ${name} of a unit test`]));
}
