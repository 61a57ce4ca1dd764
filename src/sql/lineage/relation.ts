import { type Flow, noFlow } from "./flow.ts";
import { notUnderstood } from "./not-understood.ts";
import { sameName } from "./tree.ts";

/** A column of something that stands in FROM, or of a result. */
export interface RelationColumn {
  /** Undefined: the engine's own name for an expression, which is not worked out here. */
  name: string | undefined;
  flow: Flow;
  /** DuckDB's name for the type, where known. */
  type?: string;
}

/** Rows with columns, and what decides which rows there are. */
export interface Relation {
  columns: RelationColumn[];
  rows: Flow;
}

/** A relation under the name by which columns of it are called. */
export interface Binding {
  /** Schema and name of a table without alias; else the alias alone; none for what has no name. */
  name: string[];
  columns: RelationColumn[];
}

/** Columns that USING or NATURAL made one. */
export interface SharedColumn {
  name: string;
  column: RelationColumn;
  of: Binding[];
}

/** What the names of a part of the statement mean: what is around it is seen where nothing nearer has the name. */
export interface Scope {
  bindings: Binding[];
  shared: SharedColumn[];
  /** What the same SELECT has given a name, in lower case: seen where no column has it. */
  aliases: ReadonlyMap<string, Flow>;
  /** Parameters of lambdas, in lower case. Their values are those of the list that the lambda is used on. */
  parameters: ReadonlySet<string>;
  /** What COLUMNS stands for now. */
  star?: RelationColumn;
  /** Common table expressions, by name in lower case. */
  tables: ReadonlyMap<string, () => Relation>;
  outer: Scope | undefined;
}

/** A scope with nothing of its own. */
export function scopeIn(outer: Scope | undefined, own: Partial<Scope> = {}): Scope {
  return { bindings: [], shared: [], aliases: new Map(), parameters: new Set(), tables: outer?.tables ?? new Map(), ...own, outer };
}

/** A column, and how many parts behind its name are fields inside it. */
export interface Found {
  column: RelationColumn;
  fields: number;
}

/**
 * The column that a name means, looked for as the engine does: a column of a named table first, then fields of a column.
 *
 * @returns undefined when there is none here
 * @throws NotUnderstood when it could be several
 */
export function findHere(scope: Scope, parts: string[]): Found | undefined {
  if (scope.parameters.has(parts[0].toLowerCase())) return { column: { name: parts[0], flow: noFlow }, fields: parts.length - 1 };
  for (let tableParts = Math.min(3, parts.length - 1); tableParts >= 1; tableParts--) {
    const columns = bindingsNamed(scope, parts.slice(0, tableParts)).flatMap((binding) => columnsNamed(binding, parts[tableParts]));
    if (columns.length > 0) return { column: only(columns, parts), fields: parts.length - tableParts - 1 };
  }
  const column = plainColumn(scope, parts[0]);
  return column && { column, fields: parts.length - 1 };
}

/** As `findHere`, in all that is around too. */
export function find(scope: Scope, parts: string[]): Found | undefined {
  for (let at: Scope | undefined = scope; at; at = at.outer) {
    const found = findHere(at, parts) ?? findAlias(at, parts);
    if (found) return found;
  }
  return undefined;
}

export function findAlias({ aliases }: Scope, parts: string[]): Found | undefined {
  const flow = aliases.get(parts[0].toLowerCase());
  return flow && { column: { name: parts[0], flow }, fields: parts.length - 1 };
}

export function bindingsNamed({ bindings }: Scope, parts: string[]): Binding[] {
  // `schema.table`, and `catalog.schema.table`, mean a table without alias; a single part its name or its alias.
  return bindings.filter(({ name }) => name.length > 0 && parts.length <= name.length && parts.every((part, i) => sameName(part, name[name.length - parts.length + i])));
}

function plainColumn({ bindings, shared }: Scope, name: string): RelationColumn | undefined {
  const together = shared.filter((one) => sameName(one.name, name));
  const alone = bindings.filter((binding) => !together.some(({ of }) => of.includes(binding))).flatMap((binding) => columnsNamed(binding, name));
  const columns = [...together.map(({ column }) => column), ...alone];
  return columns.length === 0 ? undefined : only(columns, [name]);
}

function columnsNamed({ columns }: Binding, name: string): RelationColumn[] {
  return columns.filter((column) => column.name !== undefined && sameName(column.name, name));
}

function only(columns: RelationColumn[], parts: string[]): RelationColumn {
  return columns.length === 1 ? columns[0] : notUnderstood(`the name ${JSON.stringify(parts.join("."))} could mean several columns`);
}

/** All columns, as a star gives them: what USING made one stands where it stands first. */
export function starColumns({ bindings, shared }: Scope): (RelationColumn & { of: Binding })[] {
  const given = new Set<SharedColumn>();
  return bindings.flatMap((binding) =>
    binding.columns.flatMap((column) => {
      const together = shared.find(({ name, of }) => column.name !== undefined && sameName(name, column.name) && of.includes(binding));
      if (!together) return [{ ...column, of: binding }];
      if (given.has(together)) return [];
      given.add(together);
      return [{ ...together.column, name: column.name, of: binding }];
    }),
  );
}

/** The columns under other names, of which there may be fewer. */
export function renamed(columns: RelationColumn[], names: string[]): RelationColumn[] {
  if (names.length > columns.length) notUnderstood("there are more names of columns than columns");
  return columns.map((column, i) => ({ ...column, name: names[i] ?? column.name }));
}
