import { cp, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { version } from "../../supervisor/version.ts";
import { type CliContext, printJson } from "../context.ts";
import { shellWord } from "../output/next-steps-text.ts";
import { plainText } from "../output/plain-text.ts";
import { usageError } from "../report-error.ts";

const template = fileURLToPath(new URL("../../../templates/project", import.meta.url));

/** Files in which the project's name and the package's version are put. */
const filled = ["package.json", "millrace.config.ts", "README.md"];

/** Makes a project in a folder that is new or empty. */
export async function init(context: CliContext, [folder]: [string]): Promise<void> {
  const path = resolve(folder);
  const name = projectName(basename(path));
  await requireEmpty(path, folder);
  await mkdir(path, { recursive: true });
  await cp(template, path, { recursive: true });
  // npm leaves a file named .gitignore out of packages.
  await rename(join(path, "gitignore"), join(path, ".gitignore"));
  for (const file of filled) {
    const text = await readFile(join(path, file), "utf8");
    await writeFile(join(path, file), text.replaceAll("{{name}}", name).replaceAll("{{version}}", version));
  }
  const files = (await readdir(path)).sort();
  if (context.options.json) return printJson(context, { name, folder: path, files, next: nextSteps(folder) });
  const { style } = context;
  await context.print(`Made ${style.bold(plainText(name))} in ${plainText(path)}: ${files.join(", ")}\n\n${style.dim("Next:")}\n${nextSteps(folder).map((line) => `  ${line}\n`).join("")}`);
}

const nextSteps = (folder: string): string[] => [`cd ${shellWord(plainText(folder))}`, "npm install", "npx millrace up"];

async function requireEmpty(path: string, given: string): Promise<void> {
  const found = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw usageError(error.code === "ENOTDIR" ? "there is a file of that name" : `the folder cannot be read: ${error.code}`, given, "name a folder that is new or empty");
  });
  if (found.length > 0) throw usageError("the folder is not empty", given, "name a folder that is new or empty: nothing is overwritten");
}

/** A name that npm and Millrace both take, from that of the folder. */
function projectName(folder: string): string {
  const name = folder.toLowerCase().replace(/[^a-z0-9._-]+/g, "-").replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "").slice(0, 128);
  return name === "" ? "my-project" : name;
}
