import type { DbtProject } from "../project/dbt-project.ts";
import type { Report, ReportEntry } from "../report.ts";
import { Checks } from "./checks.ts";
import { ProjectWorld } from "./project-world.ts";
import { resourceFile } from "./resource-file.ts";
import { sourceFiles } from "./source-files.ts";

export interface NewProject {
  /** By path, with forward slashes. */
  files: Map<string, string>;
  /** Paths of files that are taken over as they are. */
  copies: string[];
}

/**
 * The files of a Millrace project that does what a dbt project did.
 * @param into - where it will be, absolute
 */
export function projectFiles(project: DbtProject, into: string, report: Report): NewProject {
  const world = new ProjectWorld(project, report);
  const checks = new Checks(project, world, report);
  const resources = [...project.resources.values()];
  for (const { model, file, line, name } of project.unitTests) if (!project.resources.has(model)) report.add("left-out", file, line, `unit test ${name}: there is no model ${model}`);
  const declaring = [...resources.map((resource) => resourceFile(resource, { project, world, checks, report })), ...sourceFiles(project, into, report)];
  const folders = [...new Set(declaring.map(([path]) => path.split("/")[0]))].toSorted();
  return {
    files: new Map([...declaring, ...world.files(), ["millrace.config.ts", configText(project.name, folders)]]),
    copies: resources.filter(({ kind }) => kind === "seed").map(({ source }) => source.path),
  };
}

function configText(name: string, folders: readonly string[]): string {
  const patterns = folders.map((folder) => JSON.stringify(`${folder}/**/*.ts`)).join(", ");
  return `import { defineProject } from "millrace";\n\nexport default defineProject({ name: ${JSON.stringify(name)}, pipelines: [${patterns}] });\n`;
}

const headings: Record<ReportEntry["kind"], string> = {
  "not-understood": "Not understood. These models fail when they are built, until the part is mended",
  changed: "Understood, and different in one respect",
  "left-out": "Left out",
};

/** The report as a page of the new project. */
export function reportPage(project: DbtProject, entries: readonly ReportEntry[]): string {
  const groups = Map.groupBy(entries, ({ kind }) => kind);
  const parts = [...groups].map(([kind, list]) => `## ${headings[kind]}\n\n${list.map(({ file, line, what }) => `- \`${file}:${line}\` ${what}`).join("\n")}\n`);
  const kinds = [...Map.groupBy(project.resources.values(), ({ kind }) => kind)].map(([kind, list]) => `${list.length} ${kind}${list.length === 1 ? "" : "s"}`);
  return `# Import of the dbt project ${project.name}\n\n${kinds.join(", ")}.\n\n${parts.length === 0 ? "Everything was understood.\n" : parts.join("\n")}`;
}
