import { JinjaError } from "../jinja/jinja-error.ts";
import type { Value } from "../jinja/values.ts";
import type { Settings } from "./settings.ts";
import { isMap, type Yaml, type YamlMap } from "./yaml-file.ts";

export type Config = Record<string, Value>;

/** Settings that may stand among folders without a `+`. Others with that form are folders. */
const settingNames = new Set(
  "enabled materialized schema alias database tags pre_hook post_hook pre-hook post-hook persist_docs full_refresh meta grants contract unique_key incremental_strategy on_schema_change event_time begin batch_size lookback column_types quote_columns delimiter target_schema target_database strategy updated_at check_cols invalidate_hard_deletes hard_deletes snapshot_meta_column_names severity store_failures where limit group docs location external_location".split(" "),
);

/**
 * What a section of dbt_project.yml says of something: settings come down from folder to folder, the inner wins, and tags add up.
 *
 * @param path - the project's name, folders, and the name: `["shop", "staging", "stg_orders"]`
 */
export function pathConfig(section: YamlMap, path: readonly string[], settings: Settings, onError: (setting: string, error: JinjaError) => void): Config {
  let config: Config = {};
  let level: Yaml | undefined = section;
  for (const name of [undefined, ...path]) {
    if (name !== undefined) level = (level as YamlMap)[name];
    if (!isMap(level)) break;
    config = withConfig(config, ownSettings(level, settings, onError));
  }
  return config;
}

/** Tags add up, `meta` too; of the rest the later one wins. */
export function withConfig(before: Config, later: Config): Config {
  const tags = [...tagsOf(before.tags), ...tagsOf(later.tags)];
  return { ...before, ...later, ...(tags.length > 0 && { tags: [...new Set(tags)] }) };
}

export function tagsOf(tags: Value): string[] {
  return [tags ?? []].flat().map(String);
}

function ownSettings(level: YamlMap, settings: Settings, onError: (setting: string, error: JinjaError) => void): Config {
  const own: Config = {};
  for (const [key, value] of Object.entries(level)) {
    const isMarked = key.startsWith("+");
    if (!isMarked && (isMap(value) || !settingNames.has(key))) continue;
    const name = (isMarked ? key.slice(1) : key).replaceAll("-", "_");
    try {
      own[name] = settings.rendered(value);
    } catch (error) {
      if (!(error instanceof JinjaError)) throw error;
      onError(name, error);
    }
  }
  return own;
}
