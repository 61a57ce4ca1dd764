import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunDetail, RunView } from "../../server/dag-control.ts";
import { type PostgresServer, startPostgres } from "../../../scripts/engines/postgres.ts";
import { MillraceProcess, until } from "../../../test/support/millrace-process.ts";
import { type TemporaryProject, temporaryProject } from "../../../test/support/temporary-project.ts";

/* A mounted database from its declaration to rows that SQL and models find, with a secret that is nowhere to be seen. */

const pipeline = (port: number) => `
import { connection, postgres, secret, seed, sql, table } from "millrace";
const database = connection("shop", { host: "127.0.0.1", port: ${port}, database: "postgres", user: "owner", password: secret("shop-password") });
export const shop = postgres("shop", { connection: database });
export const away = postgres("away", { connection: connection("away", { host: "127.0.0.1", port: 1, user: "owner", password: secret("shop-password") }) });
export const names = seed("ref.names", { file: "names.csv" });
export const spent = table("marts.spent", { sql: sql\`select n.name, sum(o.amount) as total from \${shop.table("orders")} o join \${names} n on n.id = o.customer group by n.name\` });
`;

let server: PostgresServer;
let project: TemporaryProject;
let millrace: MillraceProcess;

beforeAll(async () => {
  server = await startPostgres();
  server.run("create table orders (id int4 primary key, customer int4, amount numeric(10, 2)); insert into orders values (1, 1, 9.99), (2, 1, 0.01), (3, 2, 5)");
  project = temporaryProject({ "pipeline.ts": pipeline(server.port), "names.csv": "id,name\n1,Ada\n2,Bo\n" });
  process.env.MILLRACE_SECRET_SHOP_PASSWORD = server.password;
  millrace = await MillraceProcess.start(project.folder, project.data);
});
afterAll(async () => {
  await millrace?.stop();
  project?.remove();
  await server?.stop();
});

async function sql(text: string): Promise<{ rows?: unknown[][]; error?: { code: string } }> {
  return (await (await millrace.post("/api/v1/sql", { sql: text })).json()) as { rows?: unknown[][]; error?: { code: string } };
}

async function build(): Promise<string[]> {
  const { id } = (await (await millrace.post("/api/v1/dags/models/runs", {})).json()) as RunView;
  const look = async () => (await (await millrace.request(`/api/v1/runs/${id}`)).json()) as RunDetail;
  await until(async () => !["queued", "running"].includes((await look()).state));
  return (await look()).tasks.map(({ task, state, error }) => `${task} ${error?.code ?? state}`).sort();
}

test("tables of a mounted database are read beside those of the lake, as they are then", async () => {
  expect((await sql("select count(*), sum(amount)::varchar from shop.orders")).rows).toEqual([[3, "15.00"]]);
  expect(await build()).toEqual(["marts.spent success", "ref.names success"]);
  expect((await sql("select name, total::varchar from marts.spent order by name")).rows).toEqual([["Ada", "10.00"], ["Bo", "5.00"]]);
  server.run("insert into orders values (4, 2, 1)");
  expect(await build()).toEqual(["marts.spent success", "ref.names success"]);
  expect((await sql("select s.name, s.total::varchar, max(o.id) from marts.spent s join ref.names n using (name) join shop.orders o on o.customer = n.id group by all order by 1")).rows).toEqual([["Ada", "10.00", 2], ["Bo", "6.00", 4]]);
});

test("a database that is away fails the statements that read it, and no others; the secret is nowhere", async () => {
  const failed = await sql("select * from away.things");
  expect(failed.error).toMatchObject({ code: "MR-CONNECT-001", where: 'mount "away"' });
  expect((await sql("select 1 as one from shop.orders limit 1")).rows).toEqual([[1]]);
  expect((await sql("select * from shop.nothing")).error?.code).toBe("MR-SQL-003");
  const shown = await Promise.all(["/api/v1/status", "/api/v1/queries", "/api/v1/releases", "/api/v1/catalog"].map(async (path) => (await millrace.request(path)).text()));
  expect([JSON.stringify(failed), ...shown].join("\n")).not.toContain(server.password);
});
