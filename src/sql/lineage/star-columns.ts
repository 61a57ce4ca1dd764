import { through } from "./flow.ts";
import { notUnderstood } from "./not-understood.ts";
import { bindingsNamed, find, type RelationColumn, type Scope, starColumns } from "./relation.ts";
import { structFields } from "./struct-fields.ts";
import { constantText, nodesOf, sameName, type TreeNode } from "./tree.ts";

/** The columns that `*`, `t.*` or `COLUMNS(…)` stands for, before REPLACE. @throws NotUnderstood */
export function chosenColumns(star: TreeNode, scope: Scope): RelationColumn[] {
  const all = kept(star, relationColumns(star, scope));
  if (!star.expr) return all;
  const choice = star.expr as TreeNode;
  const pattern = constantText(choice);
  if (pattern !== undefined) return matching(all, regex(pattern));
  if (choice.class === "FUNCTION" && choice.function_name === "list_value") return nodesOf(choice.children).map((name) => named(all, constantText(name)));
  if (choice.class === "FUNCTION" && choice.function_name === "list_filter") return matching(kept(nodesOf(choice.children)[0], all), lambdaTest(nodesOf(choice.children)[1]));
  return notUnderstood("COLUMNS is given something else than a pattern, a list of names or a simple lambda");
}

/** The columns that `* like 'pattern'` stands for; undefined when the expression is something else. */
export function starLike(node: TreeNode, scope: Scope): RelationColumn[] | undefined {
  const [star, ...rest] = nodesOf(node.children);
  if (node.class !== "FUNCTION" || star?.class !== "STAR" || star.columns) return undefined;
  return matching(chosenColumns(star, scope), nameTest(String(node.function_name), constantText(rest[0])));
}

function relationColumns(star: TreeNode, scope: Scope): RelationColumn[] {
  const name = String(star.relation_name ?? "");
  if (name === "") return starColumns(scope);
  const bindings = bindingsNamed(scope, [name]);
  if (bindings.length === 1) return bindings[0].columns;
  if (bindings.length > 1) return notUnderstood(`"${name}.*" could mean several tables`);
  return fieldsOf(name, scope);
}

/** `s.*` of a column that is a struct. */
function fieldsOf(name: string, scope: Scope): RelationColumn[] {
  const column = find(scope, [name])?.column;
  const fields = column?.type === undefined ? undefined : structFields(column.type);
  if (!column || !fields) return notUnderstood(`it is not known which columns "${name}.*" stands for`);
  return fields.map((field) => ({ ...field, flow: through(column.flow, "transformation") }));
}

/** After EXCLUDE and RENAME. */
function kept(star: TreeNode | undefined, columns: RelationColumn[]): RelationColumn[] {
  const excluded = [...((star?.exclude_list as unknown[] | undefined) ?? []).map(String), ...nodesOf(star?.qualified_exclude_list).map(unqualified(columns))];
  const renames = nodesOf(star?.rename_list).map(({ key, value }) => ({ from: String((key as TreeNode).column), to: String(value) }));
  return columns
    .filter(({ name }) => name === undefined || !excluded.some((one) => sameName(one, name)))
    .map((column) => ({ ...column, name: renames.find(({ from }) => column.name !== undefined && sameName(from, column.name))?.to ?? column.name }));
}

/** `exclude (t.a)` can be said by the name alone where only one column has it. */
const unqualified =
  (columns: RelationColumn[]) =>
  ({ column }: TreeNode): string => {
    const name = String(column);
    return columns.filter((one) => one.name !== undefined && sameName(one.name, name)).length === 1 ? name : notUnderstood(`EXCLUDE names "${name}", which several tables have`);
  };

function matching(columns: RelationColumn[], test: (name: string) => boolean): RelationColumn[] {
  return columns.filter(({ name }) => test(name ?? notUnderstood("a column without a known name is chosen by its name")));
}

function named(columns: RelationColumn[], name: string | undefined): RelationColumn {
  return columns.find((column) => name !== undefined && column.name !== undefined && sameName(column.name, name)) ?? notUnderstood(`COLUMNS names ${JSON.stringify(name ?? null)}, which is no column`);
}

function lambdaTest(lambda: TreeNode | undefined): (name: string) => boolean {
  const expression = lambda?.expr as TreeNode | undefined;
  const [left, right] = nodesOf(expression?.children);
  if (expression?.class !== "FUNCTION" || left?.class !== "COLUMN_REF") return notUnderstood("COLUMNS is given a lambda that is not followed");
  return nameTest(String(expression.function_name), constantText(right));
}

function nameTest(operator: string, pattern: string | undefined): (name: string) => boolean {
  if (pattern === undefined) return notUnderstood("columns are chosen by something that is no constant");
  switch (operator) {
    case "~~":
      return like(pattern, "su");
    case "!~~":
      return (name) => !like(pattern, "su")(name);
    case "~~*":
      return like(pattern, "sui");
    case "!~~*":
      return (name) => !like(pattern, "sui")(name);
    case "starts_with":
    case "prefix":
      return (name) => name.startsWith(pattern);
    case "ends_with":
    case "suffix":
      return (name) => name.endsWith(pattern);
    case "contains":
      return (name) => name.includes(pattern);
    default:
      return notUnderstood(`columns are chosen by ${operator}, which is not followed`);
  }
}

function like(pattern: string, flags: string): (name: string) => boolean {
  if (pattern.includes("\\")) return notUnderstood("a pattern with a backslash is not followed");
  const source = pattern.replaceAll(/[.*+?^${}()|[\]/]/g, "\\$&").replaceAll("%", ".*").replaceAll("_", ".");
  const compiled = new RegExp(`^${source}$`, flags);
  return (name) => compiled.test(name);
}

/** Patterns that mean the same to the engine and to JavaScript, and of which none takes long. */
const plainPattern = /^(?!.*[*+?)][*+?])(?!(?:.*[*+?]){4})(?!.*\(\?)[\w .*+?^$|()[\]-]{1,200}$/;

function regex(pattern: string): (name: string) => boolean {
  // A group that repeats can take exponential time.
  if (!plainPattern.test(pattern)) return notUnderstood("COLUMNS is given a pattern that is not followed");
  const compiled = compile(pattern);
  return (name) => compiled.test(name);
}

function compile(pattern: string): RegExp {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return notUnderstood("COLUMNS is given a pattern that is not followed");
  }
}
