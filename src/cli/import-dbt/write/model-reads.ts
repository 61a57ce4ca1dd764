import { calledName, expressionsOf, textValue } from "../jinja/walk.ts";
import type { Node } from "../jinja/nodes.ts";
import type { DbtProject } from "../project/dbt-project.ts";

/** What a template names with `ref()` and `source()`, also in macros that it calls: names of resources. */
export function readsOf(nodes: readonly Node[], project: DbtProject, seen = new Set<string>()): string[] {
  const found = new Set<string>();
  for (const expression of expressionsOf(nodes)) {
    const name = calledName(expression);
    if (expression.kind !== "call" || name === undefined) continue;
    const texts = expression.args.map(textValue);
    if (name === "ref") found.add(texts.at(-1) ?? "");
    if (name === "source") found.add(resourceOfSource(project, `${texts[0]}.${texts[1]}`) ?? "");
    const macro = seen.has(name) ? undefined : project.macros.get(name);
    seen.add(name);
    if (macro) for (const read of readsOf(macro.body, project, seen)) found.add(read);
  }
  return [...found].filter((name) => project.resources.has(name));
}

/** The resource that fills the table of a source: sources are often seeds of the same project. */
export function resourceOfSource({ sources, resources }: DbtProject, source: string): string | undefined {
  const table = sources.get(source)?.table;
  return [...resources.values()].find((resource) => resource.table === table)?.name;
}
