import { mkdir, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { type CliContext, printJson } from "../context.ts";
import { plainText } from "../output/plain-text.ts";
import { nextSteps, projectName, requireEmpty, templateFiles } from "../project-template.ts";

/** Makes a project in a folder that is new or empty. */
export async function init(context: CliContext, [folder]: [string]): Promise<void> {
  const path = resolve(folder);
  const name = projectName(basename(path));
  await requireEmpty(path, folder);
  await mkdir(path, { recursive: true });
  const templates = await templateFiles(name);
  for (const [file, text] of templates) await writeFile(join(path, file), text);
  const files = [...templates.keys()].sort();
  if (context.options.json) return printJson(context, { name, folder: path, files, next: nextSteps(folder) });
  const { style } = context;
  await context.print(`Made ${style.bold(plainText(name))} in ${plainText(path)}: ${files.join(", ")}\n\n${style.dim("Next:")}\n${nextSteps(folder).map((line) => `  ${line}\n`).join("")}`);
}
