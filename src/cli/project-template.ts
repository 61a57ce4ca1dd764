import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { version } from "../supervisor/version.ts";
import { plainText } from "./output/plain-text.ts";
import { shellWord } from "./output/next-steps-text.ts";
import { usageError } from "./report-error.ts";

const folder = fileURLToPath(new URL("../../templates/project", import.meta.url));

/** The files of a new project, by name, with the project's name and the package's version in them. */
export async function templateFiles(name: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const file of (await readdir(folder)).sort()) {
    const text = await readFile(join(folder, file), "utf8");
    // npm leaves a file named .gitignore out of packages.
    files.set(file === "gitignore" ? ".gitignore" : file, text.replaceAll("{{name}}", name).replaceAll("{{version}}", version));
  }
  return files;
}

export const nextSteps = (project: string): string[] => [`cd ${shellWord(plainText(project))}`, "npm install", "npx millrace up"];

/** @throws MillraceError `MR-CLI-001` for a folder in which there is something */
export async function requireEmpty(path: string, given: string): Promise<void> {
  const found = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw usageError(error.code === "ENOTDIR" ? "there is a file of that name" : `the folder cannot be read: ${error.code}`, given, "name a folder that is new or empty");
  });
  if (found.length > 0) throw usageError("the folder is not empty", given, "name a folder that is new or empty: nothing is overwritten");
}

/** A name that npm and Millrace both take. */
export function projectName(wanted: string): string {
  const name = wanted.toLowerCase().replace(/[^a-z0-9._-]+/g, "-").replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "").slice(0, 128);
  return name === "" ? "my-project" : name;
}
