import { afterAll, beforeAll, expect, test } from "vitest";
import { createToken, listTokenEvents, listTokens, revokeToken } from "../src/cli/commands/tokens.ts";
import { printCatalogMapping } from "../src/cli/commands/catalog-mapping.ts";
import { showEntry } from "../src/cli/commands/catalog.ts";
import { status } from "../src/cli/commands/status.ts";
import type { CliContext } from "../src/cli/context.ts";
import { styleFor } from "../src/cli/output/style.ts";
import type { MillraceError } from "../src/errors.ts";
import { connect } from "../src/client/index.ts";
import { type Millrace, startMillrace } from "../src/supervisor/up.ts";
import { type TemporaryProject, temporaryProject } from "./support/temporary-project.ts";

/* A mart from its declaration to its reader: the whole house, in one process. */

const pipeline = (readers: string) => `
import { externalTable, mart, sql } from "millrace";
export const orders = externalTable("raw.orders", { at: "data/*.csv", onBadRows: "skip-and-tell" });
export const nested = externalTable("raw.nested", { at: "data/*.json" });
export const finance = mart("finance", {
  description: "What finance reads",
  readers: ${readers},
  tables: { revenue: orders, customers: sql\`select customer, region from \${orders} where region = 'EU'\` },
});
`;

let project: TemporaryProject;
let millrace: Millrace;
let printed: string;
let notes: string[];

const context = (json = false): CliContext => ({
  options: { project: project.folder, data: project.data, json },
  style: styleFor(false),
  errorStyle: styleFor(false),
  signal: new AbortController().signal,
  width: undefined,
  print: async (text) => void (printed += text),
  note: (text) => void notes.push(text),
});

async function cli<T>(command: (context: CliContext, args: any, options: any) => Promise<T>, args: unknown[] = [], options: object = {}, json = false): Promise<string> {
  [printed, notes] = ["", []];
  await command(context(json), args, options);
  return printed;
}

beforeAll(async () => {
  project = temporaryProject({
    "pipeline.ts": pipeline('["finance-team"]'),
    "data/a.csv": "id,customer,region,amount\n1,ada,EU,10\n2,bob,US,20\n3,cy,EU,5\n",
    "data/b.json": '{"id":1,"at":{"lat":1.5,"lon":2.5}}\n',
  });
  millrace = await startMillrace({ projectFolder: project.folder, dataFolder: project.data, inProcess: true, stages: false, dags: "asked" });
});
afterAll(async () => {
  await millrace.close();
  project.remove();
});

test("a token is made, reads its mart as any client does, and ends", async () => {
  const secret = (await cli(createToken, [], { for: "finance-team", name: "Power BI", expires: "90d" })).trim();
  expect(notes).toEqual([expect.stringMatching(/^Token [0-9a-f]{12} for finance-team, good until .* UTC\. It is not kept and cannot be told again\.$/)]);
  const lake = connect({ url: millrace.url, token: secret });
  expect(await lake.sql<{ customer: string }>`select customer from finance.customers order by customer`).toEqual([{ customer: "ada" }, { customer: "cy" }]);
  await expect(lake.sql`select * from raw.orders`).rejects.toMatchObject({ code: "MR-SQL-003", parts: { mend: "read one of those that there are: finance.customers, finance.revenue" } });
  const quick = await fetch(`${millrace.url}/api/v1/sql`, { method: "POST", headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" }, body: JSON.stringify({ sql: "select sum(amount)::integer as total from finance.revenue", by: "somebody" }) });
  expect(await quick.json()).toMatchObject({ rows: [[35]] });
  const [, id] = /^mrt_([0-9a-f]{12})/.exec(secret) as RegExpExecArray;
  expect(await cli(listTokens)).toMatch(new RegExp(`^token .*\\n${id}  finance-team  Power BI  good until `));
  expect(JSON.parse(await cli(listTokens, [], {}, true)).tokens[0]).toMatchObject({ id, lastUsedAt: expect.any(String) });
  await fetch(`${millrace.url}/api/v1/topics`, { headers: { authorization: `Bearer ${secret}` } });
  expect(await cli(revokeToken, [id])).toBe(`Token ${id} of finance-team opens nothing any more.\n`);
  await expect(lake.sql`select 1`).rejects.toMatchObject({ code: "MR-HTTP-001" });
  const { events } = JSON.parse(await cli(listTokenEvents, [], { limit: 10 }, true)) as { events: { what: string; detail: string }[] };
  expect(events.map(({ what, detail }) => `${what} ${detail}`)).toEqual(["refused the token is revoked", "revoked for good", "refused GET /api/v1/topics", expect.stringMatching(/^created until 2/)]);
});

test("the catalog shows a mart with its readers, and a view with its columns; the status both, and what stands outside", async () => {
  expect(await cli(showEntry, ["finance"], { kind: "database" })).toBe("finance  database, mart\ndescription: What finance reads (project)\nreaders:     finance-team\n\n");
  const columns = JSON.parse(await cli(showEntry, ["finance.revenue"], { kind: "table" }, true)).columns.map(({ name, type }: { name: string; type: { value: string } }) => `${name} ${type.value}`);
  expect(columns).toEqual(["id BIGINT", "customer VARCHAR", "region VARCHAR", "amount BIGINT"]);
  const text = await cli(status);
  expect(text).toMatch(/external {4}kind {3}at\nraw\.nested {2}files {2}data\/\*\.json\nraw\.orders {2}files {2}data\/\*\.csv\n/);
  expect(text).toMatch(/mart {5}tables {2}tokens {2}readers\nfinance {7}2 {7}\d {2}finance-team\n/);
});

test("a mapping is printed to be edited", async () => {
  expect(await cli(printCatalogMapping, ["raw.nested"], { kind: "table", as: "sql" })).toBe(`select * from apply_mapping("raw"."nested", [\n  ['id', 'long', 'id', 'long'],\n  ['at.lat', 'double', 'at_lat', 'double'],\n  ['at.lon', 'double', 'at_lon', 'double']\n]);\n`);
  expect(await cli(printCatalogMapping, ["raw.nested"], { kind: "table", as: "typescript", into: "clean.nested" })).toContain('export const nested = table("clean.nested", {');
  expect(JSON.parse(await cli(printCatalogMapping, ["raw.nested"], { kind: "table", as: "yaml" }, true)).mapping).toHaveLength(3);
  await expect(cli(printCatalogMapping, ["raw"], { kind: "database", as: "yaml" })).rejects.toMatchObject({ code: "MR-HTTP-006" });
});

test("who may read goes with the release: it is planned, applied, and rolled back", async () => {
  const { secret } = await millrace.control.access.createToken({ audience: "finance-team", name: "x" });
  const read = async (): Promise<unknown> => connect({ url: millrace.url, token: secret }).sql`select count(*)::integer as n from finance.customers`.then((rows) => rows, (error: unknown) => (error as MillraceError).code);
  expect(await read()).toEqual([{ n: 2 }]);
  project.write("pipeline.ts", pipeline('["auditors"]'));
  const plan = await millrace.control.dags.apply({ dryRun: true });
  expect(plan.marts).toEqual([{ name: "finance", change: "changed", readers: { added: ["auditors"], removed: ["finance-team"] }, tables: { added: [], removed: [] }, lost: [], gained: [] }]);
  expect(await read()).toEqual([{ n: 2 }]);
  await millrace.control.dags.apply({});
  expect(await read()).toBe("MR-SQL-003");
  await millrace.control.dags.rollBack({});
  expect(await read()).toEqual([{ n: 2 }]);
});
