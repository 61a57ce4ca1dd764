import { JinjaError } from "../jinja/jinja-error.ts";
import type { Node } from "../jinja/nodes.ts";
import { parseTemplate } from "../jinja/parse-template.ts";
import { lineAt, type Report } from "../report.ts";
import type { Macro } from "./dbt-project.ts";
import { ownMacros } from "./own-macros.ts";
import { filePaths, readSource, type SourceFile } from "./project-files.ts";

const isSql = (name: string): boolean => name.endsWith(".sql");

/** Macros of a project's folders, by name. A generic test is a macro `test_name`. */
export async function readMacros(project: string, folders: readonly string[], report: Report): Promise<Map<string, Macro>> {
  const macros = new Map<string, Macro>();
  for (const folder of folders) {
    for (const path of await filePaths(project, folder, isSql)) {
      for (const macro of macrosOf(await readSource(project, path), report)) macros.set(macro.name, macro);
    }
  }
  return macros;
}

/**
 * Macros that come with dbt, and those of packages, by `package.name`. Packages are read where `dbt deps` has put them; of
 * those that are not there, the ones that most projects use are known.
 */
export async function packageMacros(project: string, report: Report): Promise<Map<string, Macro>> {
  const macros = new Map<string, Macro>();
  const add = (name: string, source: SourceFile, quiet: boolean): void => {
    for (const macro of macrosOf(source, quiet ? undefined : report)) macros.set(`${name}.${macro.name}`, { ...macro, package: name });
  };
  for (const path of await filePaths(project, "dbt_packages", isSql)) {
    const [, name, folder] = path.split("/");
    if (folder === "macros") add(name, await readSource(project, path), true);
  }
  // Known ones win: they are written for the one engine that there is.
  for (const [name, text] of Object.entries(ownMacros)) add(name, { path: `${name}.sql`, text }, false);
  return macros;
}

function macrosOf(source: SourceFile, report: Report | undefined): Macro[] {
  let nodes: Node[] = [];
  try {
    nodes = parseTemplate(source.text);
  } catch (error) {
    if (!(error instanceof JinjaError)) throw error;
    report?.add("not-understood", source.path, lineAt(source.text, error.at), error.message);
  }
  return nodes.flatMap((node, i): Macro[] => {
    const before = nodes.slice(0, i).findLast((each) => each.kind !== "text" || each.text.trim() !== "");
    const comment = before?.kind === "comment" ? before.text.trim() : undefined;
    const macro = asMacro(node);
    return macro ? [{ ...macro, source, at: node.at, ...(comment && { comment }) }] : [];
  });
}

function asMacro(node: Node): Pick<Macro, "name" | "parameters" | "body"> | undefined {
  if (node.kind === "macro") return node;
  if (node.kind !== "block" || (node.tag !== "test" && node.tag !== "data_test")) return undefined;
  const [macro] = parseTemplate(`{% macro test_${node.rest.trim().replace(/^\w+\s+/, "")} %}{% endmacro %}`);
  return macro.kind === "macro" ? { ...macro, body: node.body } : undefined;
}
