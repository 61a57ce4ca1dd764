import type { Value } from "../jinja/values.ts";
import { isMap, type Yaml, type YamlMap } from "../project/yaml-file.ts";
import { literalText } from "../translate/code.ts";

export const isRows = (value: Yaml | undefined): value is YamlMap[] => Array.isArray(value) && value.every(isMap);
export const rowText = (row: YamlMap): string => literalText(row as Value);
