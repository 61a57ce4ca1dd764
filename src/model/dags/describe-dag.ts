import { checkSchedule } from "../../calendar/check-schedule.ts";
import type { DagDecl, TaskDecl } from "../dag-manifest.ts";
import type { DagDefinition, TaskParts } from "../definition.ts";
import type { Common } from "../describe-module.ts";
import type { Json } from "../manifest.ts";
import { invalid } from "../option-checks.ts";
import { declarationText } from "../names.ts";
import { placeText } from "../place.ts";
import { readParamsSchema } from "./params-schema.ts";

/** A DAG as plain JSON: what leaves the process that ran the user's code. */
export interface DagDescription extends Common {
  kind: "dag";
  /** All but where it was found. */
  decl: Omit<DagDecl, "module" | "export" | "declaredAt">;
  /** It is declared in a file that is no module, and has no code. */
  codeless?: true;
}

/**
 * @param folder - the project's
 * @throws MillraceError for a schedule that cannot be kept, or parameters that cannot be
 */
export function dagDescription(dag: DagDefinition, common: Common, folder: string): DagDescription {
  const { parts, name, site, paramsSchema } = dag;
  const where = declarationText("dag", name, site);
  if (!parts) throw invalid("the DAG is not whole", where, "look at its other problems");
  checkSchedule(parts.schedule, `${where}, schedule`);
  const params = paramsSchema === undefined ? undefined : readParamsSchema(paramsSchema, where);
  return { kind: "dag", ...common, decl: { ...parts, ...(params ? { params } : {}), tasks: parts.tasks.map((task) => taskDecl(task, folder)) } };
}

function taskDecl({ site, ...task }: TaskParts, folder: string): TaskDecl {
  return { ...task, ...(site ? { declaredAt: placeText(site, folder) } : {}) };
}

/** The DAG as the manifest has it. */
export function dagDecl({ decl, file, export: exported, codeless }: DagDescription, declaredAt: string, where: string): DagDecl {
  if (codeless) return { ...decl, declaredAt };
  if (exported === undefined) throw invalid("the DAG is not exported", where, "export it from the file that declares it");
  return { ...decl, module: file, export: exported, declaredAt };
}

/** Settings of a task as an object, whatever its kind. */
export const settingsOf = ({ settings }: TaskDecl): { [name: string]: Json } => (typeof settings === "object" && settings !== null && !Array.isArray(settings) ? settings : {});
