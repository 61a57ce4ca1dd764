import { type TemporaryProject, temporaryProject } from "../../test/support/temporary-project.ts";

export interface ManyDags {
  /** Of DAGs, named `d0`, `d1` and so on. */
  count: number;
  /** The options of each, as the text of an object of TypeScript. */
  options(n: number): string;
  /** The body of the function that builds each. */
  tasks: string;
}

/** A project of many DAGs of one shape. An export for each must stand in its file: nobody would write that by hand. */
export function manyDags({ count, options, tasks }: ManyDags): TemporaryProject {
  const one = `const one = (name: string, options: DagOptions) => dag(name, options, ({ task }) => {\n${tasks}\n});`;
  const all = Array.from({ length: count }, (_, n) => `export const d${n} = one("d${n}", ${options(n)});`);
  return temporaryProject({ "pipeline.ts": ['import { dag, type DagOptions, every, type TaskRef } from "millrace";', "", "void every;", "export type Last = TaskRef | undefined;", one, ...all, ""].join("\n") });
}
