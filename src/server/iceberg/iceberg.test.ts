import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../../test/support/test-server.ts";
import { stringifyExact } from "../../lake/exact-json.ts";
import { AccessTokens, tokenSeconds } from "./access-token.ts";
import { CatalogClient, emptySnapshot } from "./catalog-client-for-tests.ts";

let server: TestServer;
let client: CatalogClient;
beforeAll(async () => {
  server = await startTestServer();
  client = new CatalogClient(server);
});
afterAll(() => server.close());

const errorOf = ({ status, body }: { status: number; body: any }) => [status, body.error.type, /MR-[A-Z]+-\d{3}/.exec(body.error.message)?.[0]];
const pathOf = (namespace: string, table: string) => `/v1/namespaces/${namespace}/tables/${table}`;

test("the client's secret is the project's token, and gives tokens that end", async () => {
  const ask = (form: Record<string, string>, headers: Record<string, string> = {}) => client.call("POST", "/v1/oauth/tokens", new URLSearchParams(form).toString(), { "content-type": "application/x-www-form-urlencoded", authorization: "", ...headers });
  const given = await ask({ grant_type: "client_credentials", client_id: "any", client_secret: server.token, scope: "catalog" });
  expect(given).toMatchObject({ status: 200, body: { token_type: "bearer", expires_in: tokenSeconds } });
  const token = given.body.access_token;
  expect((await client.get("/v1/config", { authorization: `Bearer ${token}` })).status).toBe(200);
  expect(await ask({ grant_type: "urn:ietf:params:oauth:grant-type:token-exchange", subject_token: token })).toMatchObject({ status: 200 });
  const basic = `Basic ${Buffer.from(`any:${server.token}`).toString("base64")}`;
  expect(await ask({ grant_type: "client_credentials" }, { authorization: basic })).toMatchObject({ status: 200 });
  // It is for the catalog alone.
  expect((await server.call("GET", "/api/v1/status", undefined, { authorization: `Bearer ${token}` })).status).toBe(401);
  expect(await ask({ grant_type: "client_credentials", client_secret: "wrong" })).toMatchObject({ status: 401, body: { error: "invalid_client" } });
  expect(await ask({ grant_type: "password" })).toMatchObject({ status: 400, body: { error: "unsupported_grant_type" } });
  for (const authorization of ["", "Bearer x", `Bearer ${token}x`, `Bearer mi_99999999999.${"a".repeat(43)}`, `Bearer ${token.replace("mi_1", "mi_2")}`]) {
    expect(errorOf(await client.get("/v1/config", { authorization }))).toEqual([401, "NotAuthorizedException", "MR-HTTP-001"]);
  }
});

test("a token that has ended is refused, and one of another project always was", () => {
  let now = 1_000_000;
  const { access } = server.control;
  const tokens = new AccessTokens("0123456789abcdef", access, () => now);
  const token = tokens.issue();
  expect([tokens.readerOf(`Bearer ${token}`), tokens.readerOf("Bearer 0123456789abcdef")]).toEqual([undefined, undefined]);
  expect(() => new AccessTokens("0123456789abcdeX", access, () => now).readerOf(`Bearer ${token}`)).toThrow(/MR-HTTP-001/);
  now += tokenSeconds * 1_000;
  expect(() => tokens.readerOf(`Bearer ${token}`)).toThrow(/has ended/);
});

test("a client reads first what is there; what is not is told in Iceberg's form", async () => {
  const { body } = await client.get("/v1/config?warehouse=any");
  expect(body).toMatchObject({ defaults: {}, overrides: {} });
  expect(body.endpoints).toContain("POST /v1/{prefix}/namespaces/{namespace}/tables/{table}");
  expect(body.endpoints).toContain("HEAD /v1/{prefix}/namespaces/{namespace}");
  expect(errorOf(await client.get("/v1/namespaces/a/views"))).toEqual([404, "NotFoundException", "MR-HTTP-005"]);
  expect(errorOf(await client.call("POST", "/v1/namespaces", "{"))).toEqual([400, "BadRequestException", "MR-HTTP-003"]);
  expect(errorOf(await client.call("POST", "/v1/namespaces", '{"a":1,"a":2}'))).toEqual([400, "BadRequestException", "MR-HTTP-003"]);
  expect(errorOf(await client.call("POST", "/v1/namespaces"))).toEqual([400, "BadRequestException", "MR-ICE-001"]);
  expect((await server.raw("GET", "/iceberg/v1/config", { host: "evil.example" })).body.error).toMatchObject({ code: 403, type: "ForbiddenException" });
});

test("namespaces of several levels, with properties", async () => {
  expect(await client.post("/v1/namespaces", { namespace: ["n"], properties: { a: "1" } })).toMatchObject({ status: 200, body: { namespace: ["n"], properties: { a: "1" } } });
  await client.post("/v1/namespaces", { namespace: ["n", "x"] });
  await client.post("/v1/namespaces", { namespace: ["n", "y", "deep"] });
  expect((await client.get("/v1/namespaces?parent=n")).body.namespaces).toEqual([["n", "x"], ["n", "y"]]);
  expect((await client.get("/v1/namespaces?parent=n%1Fy")).body.namespaces).toEqual([["n", "y", "deep"]]);
  expect((await client.get("/v1/namespaces")).body.namespaces).toContainEqual(["n"]);
  expect((await client.call("HEAD", "/v1/namespaces/n%1Fx")).status).toBe(204);
  expect((await client.call("HEAD", "/v1/namespaces/n%1Fz")).status).toBe(404);
  expect((await client.post("/v1/namespaces/n/properties", { removals: ["a", "none"], updates: { b: "2" } })).body).toEqual({ updated: ["b"], removed: ["a"], missing: ["none"] });
  expect((await client.get("/v1/namespaces/n")).body).toEqual({ namespace: ["n"], properties: { b: "2" } });
  expect(errorOf(await client.post("/v1/namespaces", { namespace: ["n"] }))).toEqual([409, "AlreadyExistsException", "MR-ICE-002"]);
  expect(errorOf(await client.call("DELETE", "/v1/namespaces/n"))).toEqual([409, "NamespaceNotEmptyException", "MR-ICE-004"]);
  expect((await client.call("DELETE", "/v1/namespaces/n%1Fx")).status).toBe(204);
  expect(errorOf(await client.get("/v1/namespaces/n%1Fx"))).toEqual([404, "NoSuchNamespaceException", "MR-ICE-003"]);
  expect(errorOf(await client.get("/v1/namespaces?parent=none"))).toEqual([404, "NoSuchNamespaceException", "MR-ICE-003"]);
  for (const levels of [[], [""], ["a.b"], [".."], ["a/b"], ["-a"], ["x".repeat(200)], ["ü"]]) expect(errorOf(await client.post("/v1/namespaces", { namespace: levels })).at(-1), String(levels)).toBe("MR-ICE-001");
});

test("lists come in pages to whom asks for them", async () => {
  for (const name of ["p1", "p2", "p3"]) await client.table("pages", name);
  const names = (answer: { body: any }) => answer.body.identifiers.map((one: any) => one.name);
  const first = await client.get("/v1/namespaces/pages/tables?pageSize=2&pageToken=");
  expect([names(first), first.body["next-page-token"]]).toEqual([["p1", "p2"], "pages.p2"]);
  const second = await client.get(`/v1/namespaces/pages/tables?pageSize=2&pageToken=${first.body["next-page-token"]}`);
  expect([names(second), second.body["next-page-token"]]).toEqual([["p3"], null]);
  expect(names(await client.get("/v1/namespaces/pages/tables"))).toEqual(["p1", "p2", "p3"]);
  expect(errorOf(await client.get("/v1/namespaces/pages/tables?pageSize=0")).at(-1)).toBe("MR-ICE-001");
  expect(errorOf(await client.get("/v1/namespaces/none/tables"))).toEqual([404, "NoSuchNamespaceException", "MR-ICE-003"]);
});

test("a table is made, loaded, and not sent again to whom has it", async () => {
  const made = await client.table("t", "made", { properties: { a: "1" } });
  expect(made).toMatchObject({ status: 200, body: { metadata: { "format-version": 2, properties: { a: "1" }, "current-schema-id": 0 } } });
  const loaded = await client.get(pathOf("t", "made"));
  expect(loaded.body).toEqual(made.body);
  const etag = loaded.headers.get("etag") as string;
  expect((await client.get(pathOf("t", "made"), { "if-none-match": etag })).status).toBe(304);
  expect((await client.get(`${pathOf("t", "made")}?snapshots=refs`, { "if-none-match": etag })).status).toBe(200);
  expect((await client.call("HEAD", pathOf("t", "made"))).status).toBe(204);
  expect((await client.call("HEAD", pathOf("t", "none"))).status).toBe(404);
  expect(errorOf(await client.get(pathOf("t", "none")))).toEqual([404, "NoSuchTableException", "MR-LAKE-001"]);
  expect(errorOf(await client.table("t", "made"))).toEqual([409, "AlreadyExistsException", "MR-ICE-002"]);
  expect(errorOf(await client.post("/v1/namespaces/none/tables", { name: "x", schema: made.body.metadata.schemas[0] }))).toEqual([404, "NoSuchNamespaceException", "MR-ICE-003"]);
  expect(errorOf(await client.table("t", "v3", { properties: { "format-version": "3" } }))).toEqual([400, "BadRequestException", "MR-ICE-001"]);
  expect(errorOf(await client.table("t", "orc", { properties: { "write.format.default": "orc" } })).at(-1)).toBe("MR-ICE-001");
  expect((await client.post(`${pathOf("t", "made")}/metrics`, { "report-type": "scan-report" })).status).toBe(204);
});

test("ids of 63 bits come and go as they are, and a commit that was lost to another answers 409", async () => {
  const { body: base } = await client.table("t", "ids");
  const commit = emptySnapshot(base);
  const id = commit.updates[0].snapshot?.["snapshot-id"] as bigint;
  const done = await client.post(pathOf("t", "ids"), commit);
  expect(done).toMatchObject({ status: 200, body: { metadata: { "current-snapshot-id": id, "last-sequence-number": 1 } } });
  const late = emptySnapshot(base);
  expect(errorOf(await client.post(pathOf("t", "ids"), late))).toEqual([409, "CommitFailedException", "MR-LAKE-002"]);
  const { body: next } = await client.get(pathOf("t", "ids"));
  expect((await client.post(pathOf("t", "ids"), emptySnapshot(next))).status).toBe(200);
  expect((await client.get(`${pathOf("t", "ids")}?snapshots=refs`)).body.metadata.snapshots).toHaveLength(1);
  expect((await client.get(pathOf("t", "ids"))).body.metadata.snapshots).toHaveLength(2);
  expect((await client.get(pathOf("t", "ids"))).body.metadata["metadata-log"]).toHaveLength(2);
});

test("a commit whose answer was lost finds itself done when it is sent again", async () => {
  const { body: base } = await client.table("t", "again");
  const commit = emptySnapshot(base);
  const answers = [await client.post(pathOf("t", "again"), commit), await client.post(pathOf("t", "again"), commit)];
  expect(answers.map(({ status, body }) => [status, body.metadata.snapshots.length])).toEqual([[200, 1], [200, 1]]);
  // Also when others have committed on top of it.
  await client.post(pathOf("t", "again"), emptySnapshot(answers[1].body));
  const third = await client.post(pathOf("t", "again"), commit);
  expect([third.status, third.body.metadata.snapshots.length]).toEqual([200, 2]);
});

test("what a client must not do to a table", async () => {
  const { body: base } = await client.table("t", "safe");
  const { body: other } = await client.table("t", "other");
  const attempt = async (...updates: object[]) => errorOf(await client.post(pathOf("t", "safe"), { requirements: [], updates }));
  expect(await attempt({ action: "no-such-update" })).toEqual([400, "BadRequestException", "MR-ICE-001"]);
  expect(errorOf(await client.post(pathOf("t", "safe"), { requirements: [{ type: "assert-moon-phase" }], updates: [] }))).toEqual([400, "BadRequestException", "MR-ICE-001"]);
  expect(errorOf(await client.post(pathOf("t", "safe"), { updates: [] }))).toEqual([400, "BadRequestException", "MR-ICE-001"]);
  for (const location of ["file:///etc", "s3://bucket/x", other.metadata.location, `${base.metadata.location}/../other`, "", "relative"]) {
    expect((await attempt({ action: "set-location", location })).at(0), location).toBe(location === "" ? 400 : 403);
    expect((await attempt({ action: "set-properties", updates: { "write.data.path": location } })).at(-1), location).toBe("MR-ICE-005");
    expect(errorOf(await client.post(pathOf("t", "safe"), emptySnapshot(base, location))).at(-1), location).toBe("MR-ICE-005");
    expect(errorOf(await client.table("t", "new", { location })).at(-1), location).toBe("MR-ICE-005");
  }
  expect((await client.get(pathOf("t", "safe"))).body).toEqual(base);
});

test("several tables change at once or not at all", async () => {
  const [{ body: one }, { body: two }] = [await client.table("multi", "one"), await client.table("multi", "two")];
  const change = (name: string, commit: object) => ({ identifier: { namespace: ["multi"], name }, ...commit });
  const snapshots = async () => Promise.all(["one", "two"].map(async (name) => (await client.get(pathOf("multi", name))).body.metadata.snapshots.length));
  const first = [change("two", emptySnapshot(two)), change("one", emptySnapshot(one))];
  expect((await client.post("/v1/transactions/commit", { "table-changes": first })).status).toBe(204);
  expect(await snapshots()).toEqual([1, 1]);
  // Sent again it is done already; half of it out of date it is refused whole.
  expect((await client.post("/v1/transactions/commit", { "table-changes": first })).status).toBe(204);
  const { body: now } = await client.get(pathOf("multi", "one"));
  expect(errorOf(await client.post("/v1/transactions/commit", { "table-changes": [change("one", emptySnapshot(now)), change("two", emptySnapshot(two))] }))).toEqual([409, "CommitFailedException", "MR-LAKE-002"]);
  expect(errorOf(await client.post("/v1/transactions/commit", { "table-changes": [change("one", emptySnapshot(now)), change("none", emptySnapshot(two))] }))).toEqual([404, "NoSuchTableException", "MR-LAKE-001"]);
  expect(errorOf(await client.post("/v1/transactions/commit", { "table-changes": [change("one", emptySnapshot(now)), change("one", emptySnapshot(now))] })).at(-1)).toBe("MR-ICE-001");
  expect(await snapshots()).toEqual([1, 1]);
  expect((await client.get(pathOf("multi", "one"))).body).toEqual(now);
});

test("a staged table is made by the commit that fills it, together with others", async () => {
  const { body: there } = await client.table("stage", "there");
  const staged = await client.table("stage", "new", { "stage-create": true });
  expect(staged.body).not.toHaveProperty("metadata-location");
  expect((await client.call("HEAD", pathOf("stage", "new"))).status).toBe(404);
  const { metadata } = staged.body;
  const create = {
    requirements: [{ type: "assert-create" }],
    updates: [
      { action: "assign-uuid", uuid: metadata["table-uuid"] },
      { action: "upgrade-format-version", "format-version": 2 },
      { action: "add-schema", schema: metadata.schemas[0], "last-column-id": 1 },
      { action: "set-current-schema", "schema-id": -1 },
      { action: "add-spec", spec: metadata["partition-specs"][0] },
      { action: "set-default-spec", "spec-id": -1 },
      { action: "add-sort-order", "sort-order": metadata["sort-orders"][0] },
      { action: "set-default-sort-order", "sort-order-id": -1 },
      { action: "set-location", location: metadata.location },
      { action: "set-properties", updates: metadata.properties },
      ...emptySnapshot(staged.body).updates,
    ],
  };
  const changes = [{ identifier: { namespace: ["stage"], name: "new" }, ...create }, { identifier: { namespace: ["stage"], name: "there" }, ...emptySnapshot(there) }];
  expect((await client.post("/v1/transactions/commit", { "table-changes": changes })).status).toBe(204);
  expect((await client.get(pathOf("stage", "new"))).body.metadata).toMatchObject({ "table-uuid": metadata["table-uuid"], location: metadata.location, "last-sequence-number": 1 });
  // Once more: the same creation is done; another is too late, and a second table may not have the first one's folder.
  expect((await client.post(pathOf("stage", "new"), create)).status).toBe(200);
  const others = create.updates.map((update) => (update.action === "assign-uuid" ? { ...update, uuid: crypto.randomUUID() } : update));
  expect(errorOf(await client.post(pathOf("stage", "new"), { ...create, updates: others }))).toEqual([409, "CommitFailedException", "MR-LAKE-002"]);
  expect(errorOf(await client.post(pathOf("stage", "second"), { ...create, updates: others }))).toEqual([403, "ForbiddenException", "MR-ICE-005"]);
  expect(errorOf(await client.post(pathOf("nowhere", "second"), create))).toEqual([404, "NoSuchNamespaceException", "MR-ICE-003"]);
});

test("tables are renamed, dropped, registered again, and dropped with their files", async () => {
  const { body: made } = await client.table("life", "a");
  await client.post("/v1/namespaces", { namespace: ["life", "b"] });
  const rename = (from: [string[], string], to: [string[], string]) => client.post("/v1/tables/rename", { source: { namespace: from[0], name: from[1] }, destination: { namespace: to[0], name: to[1] } });
  expect((await rename([["life"], "a"], [["life", "b"], "c"])).status).toBe(204);
  expect((await client.get(pathOf("life", "a"))).status).toBe(404);
  expect((await client.get(pathOf("life%1Fb", "c"))).body).toEqual(made);
  expect(errorOf(await rename([["life"], "a"], [["life"], "z"]))).toEqual([404, "NoSuchTableException", "MR-LAKE-001"]);
  expect(errorOf(await rename([["life", "b"], "c"], [["none"], "z"]))).toEqual([404, "NoSuchNamespaceException", "MR-ICE-003"]);
  await client.table("life", "other");
  expect(errorOf(await rename([["life", "b"], "c"], [["life"], "other"]))).toEqual([409, "AlreadyExistsException", "MR-ICE-002"]);
  // Still a table that takes commits, in the folder that it was made in.
  const { body: filled } = await client.post(pathOf("life%1Fb", "c"), emptySnapshot(made));
  expect(filled["metadata-location"]).toContain(made.metadata.location);

  const folder = made.metadata.location.slice("file://".length);
  const register = (name: string, location: string) => client.post("/v1/namespaces/life/register", { name, "metadata-location": location });
  expect(errorOf(await register("twice", filled["metadata-location"]))).toEqual([403, "ForbiddenException", "MR-ICE-005"]);
  expect((await client.call("DELETE", pathOf("life%1Fb", "c"))).status).toBe(204);
  expect((await register("back", filled["metadata-location"])).body.metadata).toEqual(filled.metadata);
  for (const location of ["file:///etc/passwd", `${made.metadata.location}/metadata/none.json`]) expect([400, 403]).toContain((await register("bad", location)).status);
  expect((await client.call("DELETE", `${pathOf("life", "back")}?purgeRequested=true`)).status).toBe(204);
  await expect(access(join(folder, "metadata")).then(() => readdir(join(folder, "metadata")))).resolves.toEqual([]);
  expect(errorOf(await client.call("DELETE", pathOf("life", "back")))).toEqual([404, "NoSuchTableException", "MR-LAKE-001"]);
});

test("a table that the project declares can neither go nor be renamed while the project runs", async () => {
  const { lake, current } = server.control;
  await lake.createTable(current.tables["sales.daily"]);
  expect(errorOf(await client.call("DELETE", pathOf("sales", "daily")))).toEqual([403, "ForbiddenException", "MR-ICE-006"]);
  expect(errorOf(await client.post("/v1/tables/rename", { source: { namespace: ["sales"], name: "daily" }, destination: { namespace: ["sales"], name: "x" } }))).toEqual([403, "ForbiddenException", "MR-ICE-006"]);
  const { body } = await client.get(pathOf("sales", "daily"));
  expect((await client.post(pathOf("sales", "daily"), { requirements: [], updates: [{ action: "set-properties", updates: { a: "1" } }] })).status).toBe(200);
  expect((await (await lake.table("sales.daily")).metadata()).properties.a).toBe("1");
  expect(body.metadata.schemas[0].fields.length).toBe(current.tables["sales.daily"].columns.length);
});

test("a store that fails in a write and has done it all the same answers that it was done", async () => {
  const { body: base } = await client.table("t", "unsure");
  const { state } = server;
  const swapAll = state.swapAll.bind(state);
  state.swapAll = async (swaps) => {
    await swapAll(swaps);
    throw new Error("the connection was lost");
  };
  const answer = await client.post(pathOf("t", "unsure"), emptySnapshot(base)).finally(() => (state.swapAll = swapAll));
  expect([answer.status, answer.body.metadata.snapshots.length]).toEqual([200, 1]);
  state.swapAll = () => Promise.reject(new Error("the disk is gone"));
  const failed = await client.post(pathOf("t", "unsure"), emptySnapshot(answer.body)).finally(() => (state.swapAll = swapAll));
  expect(errorOf(failed).slice(0, 2)).toEqual([500, "InternalServerError"]);
  expect(stringifyExact(failed.body)).not.toContain("disk is gone");
  expect((await client.get(pathOf("t", "unsure"))).body.metadata.snapshots).toHaveLength(1);
});

test("writers over HTTP at once lose no snapshot", async () => {
  await client.table("race", "t");
  const [writers, each] = [8, 12];
  const append = async () => {
    for (;;) {
      const { body } = await client.get(`${pathOf("race", "t")}?snapshots=refs`);
      const { status } = await client.post(pathOf("race", "t"), emptySnapshot(body));
      if (status === 200) return;
      expect(status).toBe(409);
    }
  };
  await Promise.all(Array.from({ length: writers }, async () => {
    for (let n = 0; n < each; n++) await append();
  }));
  const { body } = await client.get(pathOf("race", "t"));
  expect(body.metadata.snapshots).toHaveLength(writers * each);
  const parents = body.metadata.snapshots.map((snapshot: any) => snapshot["parent-snapshot-id"]);
  expect(parents.slice(1)).toEqual(body.metadata.snapshots.slice(0, -1).map((snapshot: any) => snapshot["snapshot-id"]));
  expect(body.metadata.snapshots.map((snapshot: any) => snapshot["sequence-number"])).toEqual(Array.from({ length: writers * each }, (_, i) => i + 1));
});
