import type { Code, Type } from "./code.ts";
import type { FileCode } from "./file-code.ts";

/** A macro as a function of the new project. */
export interface MacroCode {
  /** File and name under which it is exported. */
  path: string;
  name: string;
  parameters: MacroParameter[];
  returns: Type;
}

export interface MacroParameter {
  name: string;
  type: Type;
  nullable: boolean;
  fallback?: string;
}

/** What names of dbt's mean in the new project. All throw a JinjaError for what there is not. */
export interface World {
  readonly project: string;
  dataset(name: string, file: FileCode, at: number): Code;
  sourceTable(source: string, table: string, file: FileCode, at: number): Code;
  /** The column that says when a row of a dataset came to be, where dbt was told of one. */
  eventTime(name: string): string | undefined;
  variable(name: string, fallback: Code | undefined, file: FileCode, at: number): Code;
  environment(name: string, fallback: Code | undefined, file: FileCode): Code;
  target(name: string, file: FileCode, at: number): Code;
  /** A function that the project was given for what TypeScript has no word for. */
  helper(name: "fail", file: FileCode): string;
  macro(name: string): MacroCode | undefined;
}
