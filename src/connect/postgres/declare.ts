import { declared } from "../../model/declared.ts";
import { definitionMark, type MountDefinition, type TableDefinition } from "../../model/definition.ts";
import { durationMs } from "../../model/duration.ts";
import { declarationText } from "../../model/names.ts";
import { checkNumber, checkOptions, invalid } from "../../model/option-checks.ts";
import { callSite } from "../../model/place.ts";
import { type PostgresPlace, postgresConnection } from "../../model/postgres-connection.ts";

export interface PostgresOptions extends PostgresPlace {
  /** The schema whose tables are mounted. Default "public". Another schema of the same database is another mount. */
  schema?: string;
  /** Names of the tables that can be read; views, materialized views and foreign tables count too. Default: all. */
  tables?: readonly string[];
  /** Longest time that the server may work for one table of a statement. Default "5m". */
  statementTimeout?: string;
  /** Most rows that a statement may read of one table. Default 50,000,000. */
  rowsMax?: number;
  description?: string;
}

const nameForm = /^[A-Za-z][A-Za-z0-9_]{0,62}$/;

/**
 * Mounts the tables of one schema of a PostgreSQL database, read-only, beside those of the lake: the namespace is the mount's
 * name, so that the table `orders` of `postgres("shop", …)` is `shop.orders`.
 * @example
 * export const shop = postgres("shop", { url: secret("shop-url") });
 * export const spent = table("marts.spent", { sql: sql`select customer, sum(amount) as total from ${shop.table("orders")} group by all` });
 * @throws MillraceError `MR-MODEL-001` for a name or option that cannot be, or a password that is no secret
 */
export function postgres(name: string, options: PostgresOptions): MountDefinition {
  const site = callSite(postgres);
  const where = declarationText("mount", name, site);
  if (typeof name !== "string" || !nameForm.test(name) || name.toLowerCase() === "topics") throw invalid(`${JSON.stringify(name)} is no name for a mount`, where, "use 1 to 63 letters, digits and underscores, the first a letter");
  checkOptions(options, ["connection", "url", "schema", "tables", "statementTimeout", "rowsMax", "description"], where);
  const { schema = "public", tables, description } = options;
  if (tables !== undefined && !(Array.isArray(tables) && tables.every((table) => typeof table === "string"))) throw invalid("`tables` is no list of names", where, 'write tables: ["orders", "customers"], or leave it out for all');
  const mount: MountDefinition = {
    [definitionMark]: "mount",
    name,
    decl: {
      kind: "postgres",
      connection: postgresConnection(options, where),
      schema,
      ...(tables !== undefined && { tables: [...tables] }),
      statementTimeoutMs: durationMs(options.statementTimeout ?? "5m", `${where}, statementTimeout`),
      rowsMax: checkNumber(options.rowsMax, { name: "rowsMax", min: 1, max: Number.MAX_SAFE_INTEGER - 1, fallback: 50_000_000, whole: true }, where),
      description,
    },
    table: (table) => tableOf(mount, table),
    site,
  };
  return declared(mount);
}

function tableOf(mount: MountDefinition, table: string): TableDefinition {
  if (typeof table !== "string" || table === "") throw invalid("the table has no name", `mount "${mount.name}"`, 'name it as the database does: shop.table("orders")');
  const { tables } = mount.decl;
  if (tables !== undefined && !tables.includes(table)) throw invalid(`table "${table}" is not among the mounted ones`, `mount "${mount.name}"`, `add it to \`tables\`, or use one of ${tables.join(", ")}`);
  return { [definitionMark]: "table", name: `${mount.name}.${table}`, external: { kind: "mount", mount }, partitionBy: [], commitEveryMs: 0 };
}
