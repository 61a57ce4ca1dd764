import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { asMillraceError, MillraceError } from "../../errors.ts";
import type { Work } from "../../scheduler/executor.ts";

/** What a worker needs of a DAG's definition: the user's functions by the name of their task. */
export interface TaskCode {
  run?: (context: any) => unknown;
  /** Gives what a task of settings runs, in place of `settings` in its declaration. */
  render?: (context: any) => unknown;
}

/** Imports DAG modules of one release, each once. */
export class CodeLoader {
  readonly #folder: () => Promise<string>;
  readonly #onImport: (module: string, state: "importing" | "imported") => void;
  readonly #modules = new Map<string, Promise<Record<string, unknown>>>();

  /**
   * @param folder - asked before each import
   * @param onImport - called before and after a module is imported, which may block for ever
   */
  constructor(folder: () => Promise<string>, onImport: (module: string, state: "importing" | "imported") => void) {
    this.#folder = folder;
    this.#onImport = onImport;
  }

  /** @throws MillraceError `MR-TASK-004` */
  async codeOf({ module, export: exported, task }: Pick<Work, "module" | "export" | "task">, where: string): Promise<TaskCode> {
    if (module === undefined || exported === undefined) throw noCode("the DAG has no module", where);
    const dag = (await this.#import(module, where))[exported] as { code?: unknown } | undefined;
    const code = dag?.code instanceof Map ? (dag.code.get(task.name) as TaskCode | undefined) : undefined;
    if (!code) throw noCode(dag?.code instanceof Map ? `the DAG that ${module} exports as "${exported}" has no task "${task.name}"` : `${module} exports no DAG as "${exported}"`, where);
    return code;
  }

  #import(module: string, where: string): Promise<Record<string, unknown>> {
    const known = this.#modules.get(module);
    if (known) return known;
    this.#onImport(module, "importing");
    const loading = this.#folder()
      .then((folder) => import(pathToFileURL(join(folder, module)).href) as Promise<Record<string, unknown>>)
      .catch((error: unknown) => {
        throw new MillraceError("MR-TASK-004", { what: `${module} could not be imported: ${asMillraceError(error, module).parts.what}`, where, mend: "mend the module, and clear the tasks that have failed", cause: error });
      })
      .finally(() => this.#onImport(module, "imported"));
    this.#modules.set(module, loading);
    return loading;
  }
}

function noCode(what: string, where: string): MillraceError {
  return new MillraceError("MR-TASK-004", { what, where, mend: "the project's files have changed since they were read: start Millrace again" });
}
