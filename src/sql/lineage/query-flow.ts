import { expressionFlow, type FollowQuery, isOfRow } from "./expression-flow.ts";
import { deciding, type Flow, isSame, merged, noFlow } from "./flow.ts";
import { fromFlow } from "./from-flow.ts";
import { hasAggregate } from "./function-kinds.ts";
import type { InputSchemas } from "./lineage.ts";
import { notUnderstood } from "./not-understood.ts";
import { type Relation, type RelationColumn, renamed, type Scope, scopeIn } from "./relation.ts";
import { type SelectItem, selectItems } from "./select-items.ts";
import { constantPlace, nodesOf, sameName, type TreeNode } from "./tree.ts";

/** Each round of a recursion adds inputs of which there are so many at most. */
const roundsMax = 50;

/** Follows queries of every kind into the datasets that they read. */
export class QueryFlow {
  readonly #schemas: InputSchemas;

  constructor(schemas: InputSchemas) {
    this.#schemas = schemas;
  }

  /** @throws NotUnderstood */
  readonly follow: FollowQuery = (node, outer) => {
    const scope = this.#commonTables(node, outer);
    switch (node.type) {
      case "SELECT_NODE":
        return this.#select(node, scope);
      case "SET_OPERATION_NODE":
        return this.#setOperation(node, scope);
      default:
        return notUnderstood(`${String(node.type)} is not followed`);
    }
  };

  /** The scope with the expressions of WITH, of which each sees those before it. None is followed before it is read. */
  #commonTables(node: TreeNode, outer: Scope): Scope {
    const entries = nodesOf((node.cte_map as TreeNode | undefined)?.map);
    let scope = outer;
    for (const { key, value } of entries) {
      const before = scope;
      let found: Relation | undefined;
      const relation = (): Relation => (found ??= this.#commonTable(String(key), value as TreeNode, before));
      scope = { ...scope, tables: new Map(scope.tables).set(String(key).toLowerCase(), relation) };
    }
    return scope;
  }

  #commonTable(name: string, table: TreeNode, scope: Scope): Relation {
    const query = (table.query as TreeNode).node as TreeNode;
    const aliases = (table.aliases as string[] | undefined) ?? [];
    if (query.type === "RECURSIVE_CTE_NODE") return this.#recursive(name, query, aliases, scope);
    const { columns, rows } = this.follow(query, scope);
    return { columns: renamed(columns, aliases), rows };
  }

  /** Round after round, until no input is new. */
  #recursive(name: string, node: TreeNode, aliases: string[], scope: Scope): Relation {
    if (nodesOf(node.key_targets).length > 0) return notUnderstood("USING KEY is not followed");
    const inner = this.#commonTables(node, scope);
    const first = this.follow(node.left as TreeNode, inner);
    let current: Relation = { ...first, columns: renamed(first.columns, aliases) };
    for (let round = 0; round < roundsMax; round++) {
      const before = current;
      const again = this.follow(node.right as TreeNode, { ...inner, tables: new Map(inner.tables).set(name.toLowerCase(), () => before) });
      current = { columns: columnByColumn(before.columns, again.columns), rows: merged([before.rows, again.rows]) };
      if (isSame(before.rows, current.rows) && current.columns.every(({ flow }, i) => isSame(flow, before.columns[i].flow))) return current;
    }
    return notUnderstood(`the recursion of "${name}" does not settle`);
  }

  #setOperation(node: TreeNode, scope: Scope): Relation {
    const [left, right] = [node.left, node.right].map((side) => this.follow(side as TreeNode, scope));
    const result = combined(String(node.setop_type), left, right);
    const items = result.columns.map((column): SelectItem => ({ ...column, expression: {} }));
    return { ...result, rows: merged([result.rows, ...this.#modifiers(node, items, scopeIn(scope))]) };
  }

  #select(node: TreeNode, outer: Scope): Relation {
    const { scope: inputs, rows } = fromFlow(node.from_table as TreeNode, scopeIn(outer), { schemas: this.#schemas, follow: this.follow });
    const aliases = new Map<string, Flow>();
    const scope: Scope = { ...inputs, aliases };
    const items: SelectItem[] = [];
    for (const expression of nodesOf(node.select_list)) {
      const made = selectItems(expression, scope, this.follow);
      items.push(...made);
      const alias = String(expression.alias ?? "").toLowerCase();
      if (alias !== "" && made.length === 1 && !aliases.has(alias)) aliases.set(alias, made[0].flow);
    }
    const deciders = [rows, deciding(this.#flow(node.where_clause, scope), "filter"), ...this.#groups(node, items, scope), deciding(this.#having(node, items, scope), "filter"), deciding(this.#flow(node.qualify, scope), "filter")];
    return { columns: items.map(({ name, flow, type }) => ({ name, flow, type })), rows: merged([...deciders, ...this.#modifiers(node, items, scope)]) };
  }

  #flow(expression: unknown, scope: Scope): Flow {
    return expression ? expressionFlow(expression as TreeNode, scope, this.follow) : noFlow;
  }

  #groups(node: TreeNode, items: SelectItem[], scope: Scope): Flow[] {
    const byAll = node.aggregate_handling === "FORCE_AGGREGATES" ? items.filter(({ expression }) => isOfRow(expression)).map(({ flow }) => flow) : [];
    const groups = nodesOf(node.group_expressions).map((expression) => {
      const place = constantPlace(expression);
      return place === undefined ? this.#flow(expression, scope) : itemAt(items, place).flow;
    });
    return [...byAll, ...groups].map((flow) => deciding(flow, "group"));
  }

  /** A name here is that of an aggregate of the same SELECT before that of a column. */
  #having(node: TreeNode, items: SelectItem[], scope: Scope): Flow {
    const aggregates = items.filter(({ name, expression }) => name !== undefined && expression.alias && hasAggregate(expression));
    const bindings = [{ name: [], columns: aggregates }];
    return aggregates.length === 0 ? this.#flow(node.having, scope) : this.#flow(node.having, scopeIn({ ...scope }, { bindings, star: scope.star }));
  }

  #modifiers(node: TreeNode, items: SelectItem[], scope: Scope): Flow[] {
    return nodesOf(node.modifiers).flatMap((modifier) => {
      switch (modifier.type) {
        case "ORDER_MODIFIER":
          return nodesOf(modifier.orders).map(({ expression }) => deciding(this.#ofResult(expression as TreeNode, items, scope), "sort"));
        case "DISTINCT_MODIFIER":
          return nodesOf(modifier.distinct_on_targets).map((target) => deciding(this.#ofResult(target, items, scope), "group"));
        case "LIMIT_MODIFIER":
        case "LIMIT_PERCENT_MODIFIER":
          return [modifier.limit, modifier.offset].map((count) => deciding(this.#flow(count, scope), "filter"));
        default:
          return notUnderstood(`${String(modifier.type)} is not followed`);
      }
    });
  }

  /** An expression that may name a column of the result, or give its place. */
  #ofResult(expression: TreeNode, items: SelectItem[], scope: Scope): Flow {
    const place = constantPlace(expression);
    if (place !== undefined) return itemAt(items, place).flow;
    if (expression.class === "STAR" && expression.columns && !expression.expr) return merged(items.map(({ flow }) => flow));
    if (expression.class === "COLUMN_REF") {
      const [name, ...more] = expression.column_names as string[];
      const item = more.length === 0 ? items.find((one) => one.name !== undefined && sameName(one.name, name)) : undefined;
      if (item) return item.flow;
    }
    return this.#flow(expression, scope.bindings.length > 0 ? scope : scopeIn(scope, { bindings: [{ name: [], columns: items }] }));
  }
}

function itemAt(items: SelectItem[], place: number): SelectItem {
  return items[place - 1] ?? notUnderstood(`there is no column ${place}`);
}

function columnByColumn(left: RelationColumn[], right: RelationColumn[]): RelationColumn[] {
  if (left.length !== right.length) return notUnderstood("two queries that become one have different numbers of columns");
  return left.map((column, i) => ({ name: column.name, type: column.type, flow: merged([column.flow, right[i].flow]) }));
}

function combined(kind: string, left: Relation, right: Relation): Relation {
  const rows = merged([left.rows, right.rows]);
  switch (kind) {
    case "UNION":
      return { columns: columnByColumn(left.columns, right.columns), rows };
    case "UNION_BY_NAME":
      return { columns: byName(left.columns, right.columns), rows };
    case "EXCEPT":
    case "INTERSECT": {
      // What is on the right takes rows away; its values are not in the result.
      const compared = deciding(merged([...left.columns, ...right.columns].map(({ flow }) => flow)), "filter");
      if (left.columns.length !== right.columns.length) return notUnderstood("two queries that become one have different numbers of columns");
      return { columns: left.columns, rows: merged([rows, compared]) };
    }
    default:
      return notUnderstood(`${kind} is not followed`);
  }
}

function byName(left: RelationColumn[], right: RelationColumn[]): RelationColumn[] {
  const name = (column: RelationColumn): string => (column.name ?? notUnderstood("UNION BY NAME meets a column without a known name")).toLowerCase();
  const same = (column: RelationColumn, others: RelationColumn[]): RelationColumn | undefined => others.find((other) => name(other) === name(column));
  return [...left.map((column) => ({ ...column, flow: merged([column.flow, same(column, right)?.flow ?? noFlow]) })), ...right.filter((column) => !same(column, left))];
}
