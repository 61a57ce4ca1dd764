import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CatalogEntry } from "../src/catalog/catalog-entry.ts";
import type { EntryVersion } from "../src/catalog/history.ts";
import type { CrawlReport } from "../src/catalog/crawl/crawl-report.ts";
import type { EntrySummary } from "../src/cli/client.ts";
import type { CrawlerView } from "../src/server/catalog-control.ts";
import type { RunDetail, RunView } from "../src/server/dag-control.ts";
import { jsonAnswer } from "./support/json-answer.ts";
import { MillraceProcess, until } from "./support/millrace-process.ts";
import { type TemporaryProject, temporaryProject } from "./support/temporary-project.ts";

/* The catalog of a project that runs: crawlers as DAGs, what people say, search, versions, and kill -9. */

const pipeline = `
import { crawler, externalTable, sql, table, topic } from "millrace";
import { z } from "zod";
export const raw = crawler("raw-shop", { at: "data/raw", into: "shop", exclude: ["*.tmp"] });
export const orders = topic("orders", { schema: z.object({ id: z.string(), customer: z.string() }) });
export const landed = table("staging.orders", { from: orders });
export const airports = externalTable("ref.airports", { at: "data/airports/*.csv", description: "Where planes land." });
export const daily = table("marts.customers", { sql: sql\`select customer, count(*) as orders from \${landed} group by customer\`, description: "One row for each customer.", owner: "sales", tags: ["daily"], columns: { orders: "How many there were." } });
`;

let project: TemporaryProject;
let millrace: MillraceProcess;

beforeEach(async () => {
  project = temporaryProject({ "pipeline.ts": pipeline });
  write({ "people/a.csv": "id,email\n1,ann@example.com\n2,bob@example.org\n", "orders/day=2026-01-01/a.csv": "id,amount\n1,2.5\n2,3.5\n", "orders/day=2026-01-02/a.csv": "id,amount\n3,2.5\n4,3.5\n" });
  millrace = await MillraceProcess.start(project.folder, project.data);
});
afterEach(async () => {
  await millrace?.stop();
  project.remove();
});

function write(files: Record<string, string>): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(project.folder, "data/raw", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}

const get = <T>(path: string): Promise<T> => jsonAnswer<T>(millrace.request(`/api/v1/${path}`));
const crawl = (body: object = { target: "raw-shop" }): Promise<CrawlReport> => jsonAnswer(millrace.post("/api/v1/crawls", body));
const note = (path: string, body: object): Promise<Response> => millrace.request(`/api/v1/catalog/${path}/notes`, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
const names = async (query = ""): Promise<string[]> => (await get<{ entries: EntrySummary[] }>(`catalog${query}`)).entries.map(({ kind, name }) => `${kind} ${name}`);

test("a crawler is a DAG: its run crawls, and its tables stand in the catalog beside those of the project", async () => {
  const { id } = await jsonAnswer<RunView>(millrace.post("/api/v1/dags/raw-shop/runs", {}));
  let run: RunDetail | undefined;
  await until(async () => !["queued", "running"].includes((run = await get<RunDetail>(`runs/${id}`)).state));
  expect(run).toMatchObject({ state: "success", tasks: [{ task: "crawl", result: { files: { seen: 3, read: 3 }, tables: { new: 2 } } }] });
  expect(await names()).toEqual(["database marts", "database ref", "database shop", "database staging", "table marts.customers", "table ref.airports", "table shop.orders", "table shop.people", "table staging.orders", "topic orders"]);
  expect(await get<{ crawlers: CrawlerView[] }>("crawlers")).toMatchObject({ crawlers: [{ name: "raw-shop", into: "shop", tables: 2, last: { tables: { new: 2 } } }] });
  expect((await millrace.sql("select day, count(*), sum(amount) from shop.orders group by day order by day")).rows).toEqual([["2026-01-01", 2, 6], ["2026-01-02", 2, 6]]);
  const entry = await get<CatalogEntry>("catalog/table/shop.people");
  expect(entry.columns).toMatchObject([{ name: "id", type: { value: "long", by: { kind: "crawler", name: "raw-shop" } } }, { name: "email", personal: { value: { kind: "e-mail" } } }]);
});

test("whose word counts: a person's over the project's over the lake's; each is told, and taking it back lets the others speak", async () => {
  await crawl();
  await jsonAnswer(note("table/marts.customers", { description: "Who buys.", columns: { orders: { description: "Orders ever.", tags: ["measure"] } }, by: "ann" }));
  const said = await get<CatalogEntry>("catalog/table/marts.customers");
  expect(said).toMatchObject({ description: { value: "Who buys.", by: { kind: "person", name: "ann" }, others: [{ value: "One row for each customer.", by: { kind: "project" } }] }, owner: { value: "sales", by: { kind: "project" } }, tags: [{ value: "daily" }] });
  expect(said.columns.find(({ name }) => name === "orders")).toMatchObject({ description: { value: "Orders ever.", others: [{ value: "How many there were." }] }, tags: [{ value: "measure" }] });
  await jsonAnswer(note("table/marts.customers", { description: null }));
  expect(await get("catalog/table/marts.customers")).toMatchObject({ description: { value: "One row for each customer.", by: { kind: "project" } } });
  await jsonAnswer(note("table/shop.people", { columns: { email: { personal: "none" } } }));
  expect((await get<CatalogEntry>("catalog/table/shop.people")).columns[1].personal).toBeNull();
  const { versions } = await get<{ versions: EntryVersion[] }>("catalog/table/marts.customers/versions");
  expect(versions.map(({ by, changes }) => [by.kind, changes[0]])).toEqual([["person", "description taken back: Who buys."], ["person", "description: Who buys."], ["project", "description: One row for each customer."]]);
});

test("search finds by names, columns, tags and kinds of personal data, the best first, also with a slip", async () => {
  await crawl();
  expect(await names("?q=orders")).toEqual(["topic orders", "table shop.orders", "table staging.orders", "table marts.customers"]);
  expect(await names("?q=daily")).toEqual(["table marts.customers"]);
  expect(await names("?database=shop")).toEqual(["table shop.orders", "table shop.people"]);
  expect(await names("?database=shop&q=orders")).toEqual(["table shop.orders"]);
  expect(await names("?q=people%20email")).toEqual(["table shop.people"]);
  const { entries } = await get<{ entries: EntrySummary[] }>("catalog?q=custmer&kind=table");
  expect(entries[0]).toMatchObject({ name: "marts.customers", corrected: { custmer: "customer" }, found: [expect.any(String)] });
  expect(await names("?q=nothinglikethis")).toEqual([]);
});

test("what is not there, or cannot be, is refused by name", async () => {
  const refusal = async (answer: Promise<Response>) => ((await (await answer).json()) as { error: { code: string; mend: string } }).error;
  expect(await refusal(millrace.request("/api/v1/catalog/table/marts.custmers"))).toMatchObject({ code: "MR-CATALOG-001", mend: 'did you mean "marts.customers"?' });
  expect(await refusal(note("table/marts.customers", { columns: { ordres: { description: "x" } } }))).toMatchObject({ code: "MR-CATALOG-001" });
  expect(await refusal(millrace.post("/api/v1/crawls", { target: "raw-shp" }))).toMatchObject({ code: "MR-CRAWL-001", mend: 'did you mean crawler "raw-shop"?' });
  rmSync(join(project.folder, "data/raw"), { recursive: true });
  expect(await refusal(millrace.post("/api/v1/crawls", { target: "raw-shop" }))).toMatchObject({ code: "MR-CRAWL-001" });
});

test("kill -9 at any moment of a crawl leaves the catalog as before it or as after it, and the next crawl goes on", async () => {
  const tables = 40;
  const file = (n: number, columns: number): Record<string, string> => ({ [`t${n}/a.csv`]: [Array.from({ length: columns }, (_, i) => `c${n}_${i}`), ...[1, 2].map((row) => Array.from({ length: columns }, (_, i) => row * i))].map((row) => `${row.join(",")}\n`).join("") });
  const all = (columns: number): void => Array.from({ length: tables }, (_, n) => n).forEach((n) => write(file(n, columns)));
  const columnCounts = async (): Promise<number[]> => [...new Set((await get<{ entries: EntrySummary[] }>("catalog?kind=table&limit=1000")).entries.filter(({ name }) => /^shop\.t\d/.test(name)).map(({ columns }) => columns))];
  all(3);
  await crawl();
  let [columns] = await columnCounts();
  for (const waitMs of [700, 1_400, 2_000]) {
    all(columns + 1);
    const crawling = crawl().catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    await millrace.killAll();
    await crawling;
    millrace = await MillraceProcess.start(project.folder, project.data);
    const counts = await columnCounts();
    expect(counts).toHaveLength(1);
    expect([columns, columns + 1]).toContain(counts[0]);
    await crawl();
    expect(await columnCounts()).toEqual([columns + 1]);
    columns++;
  }
  expect(existsSync(join(project.data, "catalog/tables")) && readdirSync(join(project.data, "catalog")).sort()).toEqual([".staging", "known", "reports", "tables"]);
});
