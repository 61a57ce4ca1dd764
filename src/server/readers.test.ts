import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeMartTables, martsProject } from "../../test/support/marts-bed.ts";
import { startTestServer, type TestServer } from "../../test/support/test-server.ts";
import { SqlRunner } from "../sql/sql-runner.ts";
import { Catalog } from "../catalog/catalog.ts";
import { folderFiles } from "../files/folder.ts";
import { projectDatasets, saidByLake } from "../supervisor/catalog/project-datasets.ts";
import { TablesKnown } from "../supervisor/tables-known.ts";
import { routes } from "./routes.ts";

let folder: string;
let server: TestServer;
let finance: string;
let desk: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "millrace-readers-"));
  server = await startTestServer({ folder, runner: new SqlRunner({ statementsPerProcess: 10_000, concurrencyMax: 2 }) });
  const manifest = martsProject(folder);
  expect(manifest.problems).toEqual([]);
  server.control.current = { ...server.control.current, ...manifest, topics: server.control.current.topics };
  const { lake } = server.control;
  await makeMartTables(lake);
  const inLake = new TablesKnown(lake, saidByLake);
  const catalog = new Catalog({ state: server.state, files: folderFiles(join(folder, "catalog")), keepVersions: 10, datasets: async () => projectDatasets(server.control.manifest(), await inLake.now()) });
  Object.assign(server.control, { catalog: { ...server.control.catalog, entries: () => catalog.entries(), search: (text: string) => catalog.search(text), entry: (kind: string, name: string) => catalog.entry(kind, name) } });
  [finance, desk] = await Promise.all(["finance-team", "desk"].map(async (audience) => (await server.control.access.createToken({ audience, name: `for ${audience}` })).secret));
}, 60_000);
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const as = (token: string) => ({ authorization: `Bearer ${token}` });
const ask = async (statement: string, token = finance) => (await server.call("POST", "/api/v1/queries", { sql: statement, wait: 60 }, as(token))).body;
/** As the project sees it: with all that was opened. */
const datasetsOf = (id: string) => server.control.queries.get(id).reads.map(({ dataset }) => dataset).sort();

test("views are read with the right of whoever declared them, and nothing is told of what they stand on", async () => {
  const [people, regions, monthly, alone] = await Promise.all(["select * from finance.people order by id", "select n from finance.regions", "from finance.monthly", 'select count(*) from "PEOPLE"'].map((statement) => ask(statement)));
  expect(people).toMatchObject({ state: "succeeded", by: "for finance-team", lineage: null, reads: [{ dataset: "finance.people", kind: "view" }], columns: [{ name: "id" }, { name: "customer" }], cost: { rows: 2, bytesScanned: 0, filesRead: 0 } });
  expect(datasetsOf(people.id)).toEqual(["finance.people", "sales.orders"]);
  expect(server.control.queries.get(people.id).lineage).toMatchObject({ known: true });
  expect((await server.call("GET", `/api/v1/queries/${people.id}/results`, undefined, as(finance))).body.rows).toEqual([[1, "ada"], [2, "bob"]]);
  expect([regions.state, alone.state]).toEqual(["succeeded", "succeeded"]);
  expect(monthly).toMatchObject({ state: "succeeded", reads: [{ dataset: "finance.monthly", kind: "table", files: 2 }], cost: { filesRead: 2 } });
});

test("of a table's versions a reader sees those that were published", async () => {
  const metadata = await (await server.control.lake.table("finance.monthly")).metadata();
  const [first] = metadata.snapshots;
  const draft = metadata.refs.draft["snapshot-id"];
  const at = (version: unknown) => ask(`select max(id) as m from finance.monthly at (version => ${version})`);
  const [byId, byTag, byDraft, byDraftId, byNothing, view] = await Promise.all([at(first["snapshot-id"]), at("'closed'"), at("'draft'"), at(draft), at("'nothing'"), ask("select * from finance.people at (version => 1)")]);
  expect([byId.state, byTag.state]).toEqual(["succeeded", "succeeded"]);
  expect([byDraft.error.code, byDraftId.error.code]).toEqual(["MR-LAKE-001", "MR-LAKE-001"]);
  expect(byDraft.error.what.replace("draft", "nothing")).toBe(byNothing.error.what);
  expect(view.error).toMatchObject({ code: "MR-SQL-002", what: expect.stringContaining("it is a view") });
  expect((await server.call("POST", "/api/v1/queries", { sql: "select max(id) from finance.monthly at (version => 'draft')", wait: 60 })).body.state).toBe("succeeded");
});

test("an error tells no name and no value of what a mart stands on; the project's log does", async () => {
  const [broken, bound] = await Promise.all([ask("select * from finance.broken"), ask("select * from finance.bound")]);
  expect(broken.error).toMatchObject({ code: "MR-SQL-005", what: "the statement fails on a value that it reads" });
  expect(bound.error).toMatchObject({ code: "MR-SQL-007" });
  expect(JSON.stringify([broken, bound])).not.toMatch(/SECRET|sales|margin|no_such_column/);
  const own = await ask("select cast('x' as integer) from finance.monthly");
  expect(own.error).toMatchObject({ code: "MR-SQL-005", what: expect.stringContaining("'x'") });
  expect((await ask("select nobody from finance.people")).error).toMatchObject({ code: "MR-SQL-003", what: expect.stringContaining("nobody") });
});

/** Whether the engine ever shows a statement a row that its view leaves out: a cast that such a row breaks would tell. */
test("a statement sees no row that a view leaves out, whatever it does with those that it is given", async () => {
  const probe = "cast(case when customer in ('ada', 'bob') then '1' else customer end as integer)";
  const statements = [
    `select count(*) from finance.people where ${probe} = 1`,
    `select ${probe} from finance.people`,
    `select count(*) from finance.people join (values (1)) t(x) on ${probe} = x`,
    `select count(*) from range(3) t(x) join finance.people on ${probe} = x`,
    `select count(*) from finance.people where ${probe} in (select x from range(3) t(x))`,
    `select count(*) from finance.people, lateral (select ${probe} as q) where q > 0`,
    `select ${probe} as q from finance.people order by q limit 1`,
    `select max(${probe}) over (order by id) from finance.people`,
    `with m as materialized (select * from finance.people) select count(*) from m where ${probe} = 1`,
    `select count(*) from finance.people a join finance.people b on a.id = b.id where cast(case when b.customer in ('ada', 'bob') then '1' else b.customer end as integer) = 1`,
  ];
  for (const view of await Promise.all(statements.map((statement) => ask(statement)))) expect([view.sql, view.state, view.error]).toEqual([view.sql, "succeeded", null]);
});


const call = (method: string, path: string, token: string, body?: unknown) => server.call(method, path, body, as(token));

test("a reader's token opens the routes that say so, and no others, whatever is at their addresses", async () => {
  const open = routes.filter(({ readers }) => readers).map(({ method, path }) => `${method} ${path}`);
  expect(open).toEqual(["POST /api/v1/sql", "POST /api/v1/queries", "GET /api/v1/queries", "GET /api/v1/queries/:query", "GET /api/v1/queries/:query/results", "POST /api/v1/queries/:query/cancel", "GET /api/v1/catalog", "GET /api/v1/catalog/:kind/:entry"]);
  const closed = routes.filter(({ readers, permission }) => !readers && permission !== "public").map(({ method, path }) => [method, path.replaceAll(/:[a-z]+/gi, "finance.people")]);
  expect(closed.length).toBeGreaterThan(50);
  const refusals = await Promise.all([...closed, ["GET", "/api/v1/nothing"], ["DELETE", "/api/v1/queries"]].map(([method, path]) => call(method, path, finance)));
  expect(new Set(refusals.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(refusals[0]).toMatchObject({ status: 403, body: { error: { code: "MR-HTTP-010" } } });
});

test("a reader's queries are those of its token: to another they never were", async () => {
  const { id } = await ask("from desk.costs", desk);
  const none = (what: string) => expect.objectContaining({ code: "MR-HTTP-005", what: expect.stringContaining(what) });
  for (const [method, path] of [["GET", ""], ["GET", "/results"], ["GET", "/results?format=parquet"], ["POST", "/cancel"]]) {
    const [other, nobody] = await Promise.all([call(method, `/api/v1/queries/${id}${path}`, finance), call(method, `/api/v1/queries/q0${path}`, finance)]);
    expect([other.status, other.body.error]).toEqual([404, none(id)]);
    expect(other.text.replaceAll(id, "q0")).toBe(nobody.text);
  }
  const ids = async (token: string) => (await call("GET", "/api/v1/queries?limit=1000", token)).body.queries.map((query: { id: string }) => query.id);
  expect(await ids(desk)).toEqual([id]);
  expect(await ids(finance)).not.toContain(id);
  expect(await ids(server.token)).toEqual(expect.arrayContaining([id]));
  expect((await call("GET", `/api/v1/queries/${id}`, server.token)).body).toMatchObject({ id, by: "for desk", token: desk.slice(4, 16) });
  expect((await ask("from finance.people", desk)).error.code).toBe("MR-SQL-003");
});

test("a result is not shared with other tokens, which would learn that somebody asked", async () => {
  const again = (token: string) => ask("select sum(id) as total from finance.monthly", token);
  const first = await again(finance);
  expect([first.cached, (await again(finance)).cached]).toEqual([false, true]);
  const other = (await server.control.access.createToken({ audience: "finance-team", name: "another" })).secret;
  expect((await again(other)).cached).toBe(false);
});

test("who asks is said by the token, and not by the caller", async () => {
  const { body } = await call("POST", "/api/v1/queries", finance, { sql: "from finance.regions", by: "ada", wait: 60 });
  expect(body.by).toBe("for finance-team");
});

test("the catalog of a reader is that of its marts, also where words are corrected", async () => {
  const { body } = await call("GET", "/api/v1/catalog", finance);
  expect(body.entries.map(({ kind, name }: { kind: string; name: string }) => `${kind}:${name}`)).toEqual(["database:finance", "table:finance.bound", "table:finance.broken", "table:finance.copied", "table:finance.monthly", "table:finance.people", "table:finance.regions"]);
  expect(body.entries[0]).toMatchObject({ form: "mart", description: "What finance reads", owner: "ada", facts: {} });
  expect(JSON.stringify(body)).not.toMatch(/sales|desk|file:|readers/);
  expect((await call("GET", "/api/v1/catalog/database/finance", server.token)).body.facts).toEqual({ readers: ["finance-team"] });
  const search = async (word: string, token = finance) => (await call("GET", `/api/v1/catalog?q=${word}`, token)).body.entries;
  expect((await search("costs", server.token)).length).toBeGreaterThan(0);
  expect([await search("costs"), await search("costz"), await search("sales")]).toEqual([[], [], []]);
  expect((await search("monthli"))[0]).toMatchObject({ name: "finance.monthly", corrected: { monthli: "monthly" } });
  const [hidden, nobody] = await Promise.all(["sales.orders", "salez.orders"].map((name) => call("GET", `/api/v1/catalog/table/${name}`, finance)));
  expect([hidden.status, hidden.text.replace("sales", "salez")]).toEqual([404, nobody.text]);
  expect((await call("GET", "/api/v1/catalog/table/finance.monthly", finance)).body).toMatchObject({ columns: [{ name: "id" }], facts: { rows: 4 } });
  expect((await call("GET", "/api/v1/catalog/topic/orders", finance)).status).toBe(404);
});

test("the Iceberg catalog of a reader has the tables that its marts keep, as they were published", async () => {
  const ice = (path: string, token = finance, method = "GET", body?: unknown) => call(method, `/iceberg/v1${path}`, token, body);
  expect((await ice("/namespaces")).body.namespaces).toEqual([["finance"]]);
  expect((await ice("/namespaces", desk)).body.namespaces).toEqual([]);
  expect((await ice("/namespaces/finance/tables")).body.identifiers).toEqual([{ namespace: ["finance"], name: "monthly" }]);
  expect((await ice("/config")).body.endpoints).toEqual(expect.not.arrayContaining([expect.stringMatching(/^(POST .*(?<!metrics)|DELETE .*)$/)]));
  const loaded = (await ice("/namespaces/finance/tables/monthly")).body;
  const whole = (await ice("/namespaces/finance/tables/monthly", server.token)).body;
  expect([Object.keys(whole.metadata.refs).sort(), whole.metadata.snapshots.length]).toEqual([["closed", "draft", "main"], 3]);
  expect([Object.keys(loaded.metadata.refs).sort(), loaded.metadata.snapshots.length, loaded.config]).toEqual([["closed", "main"], 2, {}]);
  expect(JSON.stringify(whole)).toContain("sales.orders");
  expect(JSON.stringify(loaded)).not.toMatch(/sales|millrace\./);
  // From before `people` was a view.
  await server.control.lake.createTable({ name: "finance.people", columns: [{ name: "id", type: "integer", nullable: false }], partitionBy: [] });
  expect((await ice("/namespaces/finance/tables")).body.identifiers).toEqual([{ namespace: ["finance"], name: "monthly" }]);
  for (const [a, b] of [["/namespaces/sales/tables/orders", "/namespaces/salez/tables/orders"], ["/namespaces/sales", "/namespaces/salez"], ["/namespaces/sales/tables", "/namespaces/salez/tables"], ["/namespaces?parent=sales", "/namespaces?parent=salez"], ["/namespaces/finance/tables/people", "/namespaces/finance/tables/peopl3"]]) {
    const [hidden, nobody] = await Promise.all([ice(a), ice(b)]);
    expect([hidden.status, hidden.text]).toEqual([404, nobody.text.replaceAll("salez", "sales").replaceAll("peopl3", "people")]);
  }
  for (const [method, path] of [["POST", "/namespaces"], ["POST", "/namespaces/finance/tables/monthly"], ["DELETE", "/namespaces/finance/tables/monthly"], ["POST", "/namespaces/finance/tables"], ["POST", "/tables/rename"], ["POST", "/transactions/commit"], ["POST", "/namespaces/finance/register"], ["POST", "/namespaces/finance/properties"]]) {
    expect((await ice(path, finance, method, {})).body.error).toMatchObject({ code: 403, type: "ForbiddenException" });
  }
});

test("a token that is revoked, or over, opens nothing from then on, and neither does what was made of it", async () => {
  const { body: made } = await call("POST", "/api/v1/tokens", server.token, { audience: "finance-team", name: "Power BI", expires: "90d" });
  const { secret, token } = made;
  const oauth = (client_secret: string) => fetch(`${server.url}/iceberg/v1/oauth/tokens`, { method: "POST", body: new URLSearchParams({ grant_type: "client_credentials", client_id: "x", client_secret }) });
  const { access_token: access } = (await (await oauth(secret)).json()) as { access_token: string };
  expect((await call("GET", "/iceberg/v1/namespaces", access)).body.namespaces).toEqual([["finance"]]);
  expect((await call("DELETE", "/iceberg/v1/namespaces/finance", access)).status).toBe(403);
  expect((await call("GET", "/api/v1/catalog", access)).status).toBe(401);
  expect((await call("GET", "/api/v1/catalog", secret)).status).toBe(200);
  expect((await call("POST", `/api/v1/tokens/${token.id}/revoke`, server.token)).body.revokedAt).not.toBeNull();
  for (const [given, path] of [[secret, "/api/v1/catalog"], [secret, "/api/v1/tables"], [secret, "/iceberg/v1/namespaces"], [access, "/iceberg/v1/namespaces"]]) expect((await call("GET", path, given)).status).toBe(401);
  expect((await oauth(secret)).status).toBe(401);
  expect((await call("GET", "/api/v1/tokens", server.token)).body.tokens).toEqual(expect.arrayContaining([expect.objectContaining({ id: token.id, name: "Power BI", audience: "finance-team", expiresAt: expect.any(String) })]));
  expect((await call("GET", "/api/v1/tokens", server.token)).text).not.toContain(secret.slice(17));
  const { events } = (await call("GET", "/api/v1/tokens/events?limit=1000", server.token)).body;
  const own = events.filter((event: { token: string }) => event.token === token.id).map(({ what, detail }: { what: string; detail: string }) => `${what}: ${detail}`);
  expect(own).toEqual(["refused: the token is revoked", "revoked: for good", "refused: DELETE /iceberg/v1/namespaces/:namespace", `created: until ${token.expiresAt}`]);
  expect((await call("POST", "/api/v1/tokens", server.token, { audience: "finanse-team", name: "x" })).body.error).toMatchObject({ code: "MR-GOVERN-002", mend: 'did you mean "finance-team"?' });
  expect((await call("POST", "/api/v1/tokens/000000000000/revoke", server.token)).body.error.code).toBe("MR-GOVERN-001");
});

test("who is no reader of a mart any more, reads it no more", async () => {
  const before = server.control.current;
  const { finance: declared } = before.marts as NonNullable<typeof before.marts>;
  server.control.current = { ...before, marts: { ...before.marts, finance: { ...declared, readers: [] } } };
  expect((await ask("from finance.monthly")).error).toMatchObject({ code: "MR-SQL-003", mend: expect.not.stringContaining("finance") });
  expect((await call("GET", "/api/v1/catalog", finance)).body.entries).toEqual([]);
  server.control.current = before;
});

test("one token does not take all places of the queue", async () => {
  const slow = "select count(*) from range(100000) a, range(100000) b";
  const answers = [];
  for (let n = 0; n < 22; n++) answers.push(await call("POST", "/api/v1/queries", finance, { sql: slow }));
  expect(answers.map(({ status }) => status)).toEqual([...Array(20).fill(202), 503, 503]);
  expect(answers[20].body.error).toMatchObject({ code: "MR-HTTP-008", retryable: true });
  for (const { body } of answers.slice(0, 20)) server.control.queries.cancel(body.id);
});
