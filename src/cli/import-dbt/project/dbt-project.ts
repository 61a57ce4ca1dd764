import type { JinjaError } from "../jinja/jinja-error.ts";
import type { Node, Parameter } from "../jinja/nodes.ts";
import type { Value } from "../jinja/values.ts";
import type { Config } from "./path-config.ts";
import type { SourceFile } from "./project-files.ts";
import type { DataTest } from "./properties.ts";
import type { Settings } from "./settings.ts";
import type { YamlMap } from "./yaml-file.ts";

/* A dbt project as it was read: what there is, with its settings resolved, and nothing translated. */

/** What `ref()` finds. */
export interface Resource {
  kind: "model" | "seed" | "snapshot";
  name: string;
  source: SourceFile;
  /** Its template; that of a seed has none. */
  nodes: Node[];
  /** Why its template could not be read; it stands in `nodes` as a comment then. */
  unreadable?: JinjaError;
  config: Config;
  description: string;
  columns: { name: string; description: string }[];
  tests: DataTest[];
  owner?: string;
  /** Of the table in which its rows are: `schema.alias`. */
  table: string;
}

export interface SourceTable {
  /** Both are what `source()` is given. */
  source: string;
  name: string;
  table: string;
  description: string;
  columns: { name: string; description: string }[];
  tests: DataTest[];
  /** Where dbt-duckdb reads its files. */
  location?: string;
  file: string;
  line: number;
}

export interface Macro {
  name: string;
  /** Of dbt's own or of a package; absent for the project's. */
  package?: string;
  source: SourceFile;
  at: number;
  parameters: Parameter[];
  body: Node[];
  /** A comment that stands before it. */
  comment?: string;
}

/** A statement in a file of its own that gives rows that are wrong. */
export interface SingularTest {
  name: string;
  source: SourceFile;
  nodes: Node[];
  config: Config;
}

export interface UnitTest {
  name: string;
  model: string;
  /** As it is written. */
  all: YamlMap;
  description: string;
  file: string;
  line: number;
}

export interface DbtProject {
  name: string;
  /** Absolute. */
  folder: string;
  settings: Settings;
  resources: Map<string, Resource>;
  /** By `source.table`. */
  sources: Map<string, SourceTable>;
  /** By name; those of packages by `package.name`. */
  macros: Map<string, Macro>;
  singularTests: SingularTest[];
  unitTests: UnitTest[];
  /** Variables that dbt_project.yml names. */
  vars: Record<string, Value>;
}
