import { MillraceError } from "../errors.ts";
import type { DagDescription } from "./dags/describe-dag.ts";
import type { ContractDescription, Description, MartDescription, ModuleDescription, MountDescription, StageDescription, TableDescription, TopicDescription } from "./describe-module.ts";
import type { Problem } from "./manifest.ts";
import { canonical } from "./release.ts";

/** The declarations of a whole project, each once, by name. */
export interface Declarations {
  topics: Map<string, TopicDescription>;
  tables: Map<string, TableDescription>;
  stages: Map<string, StageDescription>;
  dags: Map<string, DagDescription>;
  mounts: Map<string, MountDescription>;
  marts: Map<string, MartDescription>;
  contracts: Map<string, ContractDescription>;
}

/**
 * Brings the files of a project together. A declaration that several files export or reach is one; two that share a name
 * are not, and the second becomes a problem. Names that differ in case alone would share a file on some systems.
 */
export function mergeDeclarations(modules: readonly ModuleDescription[], problems: Problem[]): Declarations {
  const merged = { topics: new Map(), tables: new Map(), stages: new Map(), dags: new Map(), mounts: new Map(), marts: new Map(), contracts: new Map() } as Declarations;
  const first = new Map<string, Description>();
  for (const { declarations } of modules) {
    for (const each of declarations) {
      const slot = `${each.kind} ${each.name.toLowerCase()}`;
      const earlier = first.get(slot);
      if (earlier && !same(earlier, each)) problems.push(duplicate(earlier, each));
      if (earlier && (!same(earlier, each) || each.export === undefined || earlier.export !== undefined)) continue;
      first.set(slot, each);
      mapOf(merged, each).set(each.name, each);
    }
  }
  reportLost(modules, merged, problems);
  return merged;
}

function mapOf(merged: Declarations, { kind }: Description): Map<string, Description> {
  return merged[`${kind}s`];
}

/** A file that is read again in a new process gives new objects, which are known by the line that made them. */
function same(a: Description, b: Description): boolean {
  if (a.identity === b.identity) return true;
  if (a.identity.split(":")[0] === b.identity.split(":")[0]) return false;
  return a.site !== undefined && canonical(content(a)) === canonical(content(b));
}

const content = (each: Description): object => ({ ...each, identity: undefined, file: undefined, export: undefined });

function duplicate(earlier: Description, later: Description): Problem {
  const error = new MillraceError("MR-MODEL-003", {
    what: earlier.name === later.name ? `${later.kind} "${later.name}" is declared twice` : `${later.kind} "${later.name}" differs from "${earlier.name}" in case alone`,
    where: `${later.site ?? later.file}; first ${earlier.site ?? earlier.file}`,
    mend: "give one of the two another name, or export the first and import it where it is used",
  });
  return { ...error.toJSON(), file: later.file };
}

function reportLost(modules: readonly ModuleDescription[], merged: Declarations, problems: Problem[]): void {
  // A task's fault is told as one "of DAG …".
  const failed = new Set(modules.flatMap((module) => module.problems.map((problem) => problem.where.replaceAll("DAG", "dag"))));
  const reported = new Set<string>();
  for (const { file, made } of modules) {
    for (const { kind, name, site } of made) {
      const found = merged[`${kind}s`].has(name);
      const slot = `${kind} ${name}`;
      if (found || reported.has(slot) || [...failed].some((where) => where.includes(`${kind} ${JSON.stringify(name)}`))) continue;
      reported.add(slot);
      const error = new MillraceError("MR-MODEL-001", {
        what: `${kind} "${name}" is declared but no file of the project exports it, so it would not run`,
        where: site ?? file,
        mend: `write \`export const … = …("${name}", …)\` in a file that the project reads, or remove it`,
      });
      problems.push({ ...error.toJSON(), file });
    }
  }
}
