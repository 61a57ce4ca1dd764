import { ExpressionParser } from "../jinja/expression-parser.ts";
import type { Expression } from "../jinja/nodes.ts";
import { calledName, textValue } from "../jinja/walk.ts";
import type { DbtProject } from "../project/dbt-project.ts";
import type { Yaml } from "../project/yaml-file.ts";
import type { FileCode } from "../translate/file-code.ts";
import type { World } from "../translate/world.ts";
import { resourceOfSource } from "./model-reads.ts";

export interface Reference {
  resource(project: DbtProject): string;
  code(world: World, file: FileCode): string;
}

/** What a text in YAML names: `ref('x')`, `source('a', 'b')`. */
export function reference(text: Yaml | undefined): Reference | undefined {
  if (typeof text !== "string") return undefined;
  const parser = new ExpressionParser(text.replace(/^\s*\{\{|\}\}\s*$/g, ""), 0);
  const call: Expression = parser.expression();
  if (call.kind !== "call") return undefined;
  const names = call.args.map((arg) => textValue(arg) ?? "");
  const name = calledName(call);
  if (name === "ref") return { resource: () => names.at(-1) ?? "", code: (world, file) => world.dataset(names.at(-1) ?? "", file, 0).code };
  if (name === "source") return { resource: (project) => resourceOfSource(project, names.join(".")) ?? "", code: (world, file) => world.sourceTable(names[0], names[1], file, 0).code };
  return undefined;
}
