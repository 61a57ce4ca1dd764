import { textOf } from "../jinja/values.ts";
import { readSource, topFile } from "./project-files.ts";
import { Settings, type Target } from "./settings.ts";
import { mapOf, textOr, YamlFile } from "./yaml-file.ts";

/** What the project is built for: of the profile beside it, where there is one. Nothing else of a profile is read: it holds secrets. */
export async function readProfile(folder: string, profile: string, options: { target?: string; schema?: string }): Promise<Target> {
  const fallback: Target = { name: options.target ?? "dev", schema: options.schema ?? "main", type: "duckdb" };
  const path = await topFile(folder, ["profiles.yml"]);
  if (path === undefined) return fallback;
  const file = new YamlFile(path, (await readSource(folder, path)).text);
  const { outputs, target } = mapOf(file.content[profile]);
  const settings = new Settings(profile, {}, fallback);
  const name = options.target ?? settings.renderedText(textOr(target, fallback.name));
  const output = mapOf(mapOf(outputs)[name]);
  return { name, schema: options.schema ?? textOf(settings.renderedText(textOr(output.schema, fallback.schema))), type: fallback.type };
}
