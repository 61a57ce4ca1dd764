import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type CliContext, printJson } from "../context.ts";
import { readDbtProject } from "../import-dbt/project/read-project.ts";
import { YamlFile } from "../import-dbt/project/yaml-file.ts";
import { Report, type ReportEntry } from "../import-dbt/report.ts";
import { type NewProject, projectFiles, reportPage } from "../import-dbt/write/project-files.ts";
import { plainText } from "../output/plain-text.ts";
import { nextSteps, projectName, requireEmpty, templateFiles } from "../project-template.ts";

interface ImportOptions {
  into?: string;
  target?: string;
  schema?: string;
  vars?: string;
  dryRun?: boolean;
}

/** Of the template of a new project, what an imported one has too. */
const shared = ["package.json", "tsconfig.json", ".gitignore"];
const reportFile = "dbt-import.md";

/** Writes a Millrace project that does what a dbt project does, with a report of what was not understood. */
export async function importDbt(context: CliContext, [folder]: [string], options: ImportOptions): Promise<void> {
  const report = new Report();
  const { into = `${basename(resolve(folder))}-millrace`, vars, target, schema } = options;
  const project = await readDbtProject(folder, { target, schema, ...(vars !== undefined && { vars: new YamlFile("--vars", vars).content }) }, report);
  const made = projectFiles(project, resolve(into), report);
  const entries = report.entries();
  made.files.set(reportFile, reportPage(project, entries));
  const templates = await templateFiles(projectName(project.name));
  for (const file of shared) made.files.set(file, templates.get(file) as string);
  await requireEmpty(resolve(into), into);
  if (!options.dryRun) await writeProject(project.folder, resolve(into), made);
  const files = [...made.files.keys(), ...made.copies].toSorted();
  if (context.options.json) return printJson(context, { project: project.name, folder: resolve(into), written: !options.dryRun, files, report: entries });
  await context.print(toldText(context, project.name, into, files, entries, options));
}

/** All or nothing: the folder appears when every file is in it. */
async function writeProject(from: string, into: string, { files, copies }: NewProject): Promise<void> {
  await mkdir(dirname(into), { recursive: true });
  const draft = await mkdtemp(join(dirname(into), `.${basename(into)}-`));
  try {
    const made = async (path: string): Promise<string> => {
      await mkdir(dirname(join(draft, path)), { recursive: true });
      return join(draft, path);
    };
    for (const [path, text] of files) await writeFile(await made(path), text);
    for (const path of copies) await copyFile(join(from, path), await made(path));
    await rename(draft, into);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

const headings: Record<ReportEntry["kind"], string> = { "not-understood": "not understood", changed: "changed", "left-out": "left out" };

function toldText({ style }: CliContext, name: string, into: string, files: readonly string[], entries: readonly ReportEntry[], { dryRun }: ImportOptions): string {
  const paint = { "not-understood": style.bad, changed: style.warn, "left-out": style.dim };
  const lines = entries.map(({ kind, file, line, what }) => `  ${paint[kind](headings[kind].padEnd(14))}  ${plainText(`${file}:${line}`)}  ${plainText(what)}\n`).join("");
  const head = dryRun ? `Would import ${style.bold(plainText(name))} into ${plainText(into)}: ${files.length} files` : `Imported ${style.bold(plainText(name))} into ${plainText(into)}: ${files.length} files`;
  const told = entries.length === 0 ? "\nEverything was understood.\n" : `\n\n${lines}`;
  return `${head}${told}${dryRun ? "" : `\n${style.dim("Next:")}\n${nextSteps(into).map((line) => `  ${line}\n`).join("")}`}`;
}
