import { existsSync, realpathSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { asMillraceError, MillraceError } from "../../errors.ts";
import { buildManifest } from "../../model/build-manifest.ts";
import { describeYamlDag } from "../../model/dags/yaml-dag.ts";
import type { ModuleDescription } from "../../model/describe-module.ts";
import type { Manifest, Problem } from "../../model/manifest.ts";
import { seedFiles } from "../../model/models/describe-model.ts";
import { defaultConfig, type ProjectConfig, readConfig } from "./project-config.ts";
import { digestSources, isYamlDag, matchFiles } from "./project-files.ts";
import { type ReadFilesOptions, readFiles } from "./read-files.ts";

/** A project as the control plane knows it. */
export interface Project {
  /** Absolute, without symbolic links. */
  folder: string;
  /** The defaults where it cannot be read. */
  config: ProjectConfig;
  /** Why the configuration cannot be read. */
  unread?: Problem;
  manifest: Manifest;
}

export interface ReadProjectOptions extends Pick<ReadFilesOptions, "fileMs"> {
  /** Called with the configuration: where Node keeps what it compiles of the project's files. Default: nowhere. */
  compileCache?: (config: ProjectConfig) => string | undefined;
  /** Where the data is kept, absolute: no source lies there. Default: what the configuration says. */
  dataFolder?: string;
}

const configFiles = ["millrace.config.ts", "millrace.config.mts", "millrace.config.js", "millrace.config.mjs"];
const defaultPipelines = ["pipeline.{ts,mts,js,mjs}", "*.pipeline.{ts,mts,js,mjs}", "pipelines/**/*.{ts,mts,js,mjs}", "*.dag.{yaml,yml}", "pipelines/**/*.dag.{yaml,yml}"];

/**
 * Reads the project in `folder`: its configuration, its files, its graph. The user's code runs in a child process alone.
 * What cannot be read stands in `manifest.problems`; the rest is there.
 *
 * @throws MillraceError `MR-MODEL-008` when the folder holds no project
 */
export async function readProject(folder: string, options: ReadProjectOptions = {}): Promise<Project> {
  const root = projectFolder(folder);
  const problems: Problem[] = [];
  const { config, unread } = await configOf(root, { fileMs: options.fileMs });
  if (unread) problems.push(unread);
  const dataFolder = options.dataFolder ?? config.dataDir;
  const files = await pipelinesOf(root, config, dataFolder, problems);
  if (files.length === 0 && problems.length === 0) throw noProject(root, `it has no file ${(config.pipelines ?? defaultPipelines).join(", ")}`);
  const compileCache = unread ? undefined : options.compileCache?.(config);
  const answers = await readFiles("modules", root, files.filter((file) => !isYamlDag(file)), { fileMs: options.fileMs, compileCache });
  const modules = answers.flatMap((answer) => (answer.type === "module" ? [answer.module] : answer.type === "problem" ? [failed(answer.file, answer.problem)] : []));
  const yaml = await Promise.all(files.filter(isYamlDag).map((file) => readYamlDag(root, file)));
  const manifest = buildManifest(config.name, [{ file: "", declarations: [], made: [], problems }, ...modules, ...yaml], await digestSources(root, dataFolder, seedFiles(modules)), config.profile.log?.values);
  return { folder: root, config, ...(unread && { unread }), manifest };
}

/**
 * The same, for who works on the project's data: without its configuration nobody knows where that is, and what is written
 * elsewhere would be missing.
 *
 * @throws MillraceError also what is wrong with the configuration
 */
export async function readConfiguredProject(folder: string, options: ReadProjectOptions = {}): Promise<Project> {
  const project = await readProject(folder, options);
  if (project.unread) throw MillraceError.fromJSON(project.unread);
  return project;
}

async function readYamlDag(folder: string, file: string): Promise<ModuleDescription> {
  const path = join(folder, file);
  return describeYamlDag(folder, path, await readFile(path, "utf8"));
}

const failed = (file: string, problem: Problem) => ({ file, declarations: [], made: [], problems: [problem] });

/** Node names modules by their real path, and so do the places in messages. */
function projectFolder(folder: string): string {
  const path = resolve(folder);
  if (!existsSync(path) || !statSync(path).isDirectory()) throw noProject(path, "there is no such folder");
  return realpathSync(path);
}

function noProject(folder: string, what: string): MillraceError {
  return new MillraceError("MR-MODEL-008", { what: `there is no project: ${what}`, where: folder, mend: "go to a project's folder, or make one: millrace init my-project" });
}

async function configOf(folder: string, options: ReadFilesOptions): Promise<Pick<Project, "config" | "unread">> {
  const file = configFiles.find((name) => existsSync(join(folder, name)));
  const defaults = defaultConfig(folder);
  if (file === undefined) return { config: defaults };
  const [answer] = await readFiles("config", folder, [file], options);
  if (answer.type === "problem") return { config: defaults, unread: answer.problem };
  try {
    if (answer.type === "config") return { config: readConfig(folder, file, answer.config as Record<string, unknown>) };
  } catch (error) {
    return { config: defaults, unread: { ...asMillraceError(error, file).toJSON(), file } };
  }
  return { config: defaults };
}

async function pipelinesOf(folder: string, config: ProjectConfig, dataFolder: string, problems: Problem[]): Promise<string[]> {
  const files = new Set<string>();
  for (const pattern of config.pipelines ?? defaultPipelines) {
    const found = await matchFiles(folder, pattern, dataFolder);
    for (const file of found) if (!configFiles.includes(file)) files.add(file);
    if (found.length === 0 && config.pipelines) problems.push(noMatch(pattern));
  }
  return [...files];
}

function noMatch(pattern: string): Problem {
  const error = new MillraceError("MR-MODEL-006", { what: `no file is named ${JSON.stringify(pattern)}`, where: "millrace.config, pipelines", mend: "correct the pattern, or add the file" });
  return { ...error.toJSON(), file: pattern };
}
