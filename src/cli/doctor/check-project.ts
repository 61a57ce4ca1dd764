import type { Project } from "../../supervisor/definitions/read-project.ts";
import { MillraceError } from "../../errors.ts";
import { findProject } from "../find-project.ts";
import { type Check, fail, ok, warn } from "./check.ts";

/** Reads the project as `up` would. Outside of a project that is no fault; inside, each problem is a check that failed. */
export async function checkProject(from: string, named: string | undefined): Promise<{ checks: Check[]; project?: Project }> {
  try {
    const { readProject } = await import("../../supervisor/definitions/read-project.ts");
    const project = await readProject(findProject(from, named));
    const { problems, stages, topics, tables } = project.manifest;
    const count = (things: object, one: string): string => `${Object.keys(things).length} ${one}${Object.keys(things).length === 1 ? "" : "s"}`;
    const found = ok("project", `"${project.manifest.project}" in ${project.folder}: ${count(stages, "stage")}, ${count(topics, "topic")}, ${count(tables, "table")}`);
    return { project, checks: [found, ...problems.map(({ code, what, where, mend }) => fail("definition", `${code}: ${what} (${where})`, mend))] };
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    const { what, where, mend } = error.parts;
    const missing = error.code === "MR-MODEL-008" && named === undefined;
    return { checks: [missing ? warn("project", `${what} (${where})`, mend) : fail("project", `${what} (${where})`, mend)] };
  }
}
