import type { Config } from "../project/path-config.ts";
import type { Code } from "./code.ts";
import type { FileCode } from "./file-code.ts";

/** What a name of a template stands for. A loop's own name tells how its uses are counted. */
export type Local = Code | LoopLocal;

export interface LoopLocal {
  loop: { index: string; all: string };
  /** Names that were used, and which the loop must give. */
  used: Set<"index" | "all">;
}

/** Where a template stands: the file that it becomes part of, the names that it knows, and the model that it makes. */
export interface TemplateScope {
  file: FileCode;
  names: Map<string, Local>;
  /** Of a model or a snapshot: what `this`, `is_incremental()` and `config` are about. */
  model?: ModelScope;
  /** Of a check: the dataset whose rows it is about, before they are seen. */
  rowsOf?: string;
}

export interface ModelScope {
  schema: string;
  alias: string;
  config: Config;
  /** Names of the model's context that its statement uses. */
  used: Set<"self" | "incremental" | "interval">;
}

export const inner = (scope: TemplateScope): TemplateScope => ({ ...scope, names: new Map(scope.names) });
export const isLoop = (local: Local): local is LoopLocal => "loop" in local;
