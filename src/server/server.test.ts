import { connect } from "node:net";
import { Ajv2020 } from "ajv/dist/2020.js";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { errorCodes } from "../errors.ts";
import { pageAddresses } from "./add-ui.ts";
import { createServer } from "./create-server.ts";
import { errorStatus } from "./error-status.ts";
import { icebergRoutes } from "./iceberg/iceberg-routes.ts";
import { routes } from "./routes.ts";
import { order, startTestServer, type TestServer, trickyNames } from "../../test/support/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ hosts: ["mill.example"] });
});
afterAll(() => server.close());

const get = (path: string, headers?: Record<string, string>) => server.call("GET", path, undefined, headers);
const filled = (path: string): string => path.replaceAll(/:([a-zA-Z]+)/g, "orders");

/** What the router itself knows, read from what it prints, as `METHOD /path`. */
function routesOfServer(): string[] {
  const found: string[] = [];
  const prefixes: string[] = [];
  for (const line of server.app.printRoutes({ commonPrefix: false }).split("\n")) {
    const [, indent, path, methods] = /^([│ ]*)[├└]── (\S+)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? [];
    if (path === undefined) continue;
    const depth = indent.length / 4;
    // The router prints what stands for all else without what stands before it; that of the catalog comes last, below the root.
    prefixes[depth] = path !== "*" ? path : depth === 1 ? "iceberg/*" : "/*";
    const full = prefixes.slice(0, depth + 1).join("");
    for (const method of methods?.split(", ") ?? []) found.push(`${method} ${full}`);
  }
  return found;
}

/** Where the web interface is; what is at them is the same for everybody. */
const ofPages = pageAddresses.map((path) => ({ method: "GET", path }));

/** Where workers of other machines come in, which is in no document. */
const joinPath = "/api/v1/worker/join";

test("the server has the routes of the table, and no others", () => {
  const ofCatalog = [...icebergRoutes, ...["GET", "HEAD", "POST", "PUT", "DELETE"].map((method) => ({ method, path: "/*" }))].map(({ method, path }) => ({ method, path: `/iceberg${path}` }));
  expect(routesOfServer().sort()).toEqual([...routes, ...ofCatalog, ...ofPages, { method: "POST", path: joinPath }].map(({ method, path }) => `${method} ${path}`).sort());
});

test("every route but the public constants answers 401 without the token", async () => {
  const open: string[] = [];
  for (const each of routesOfServer()) {
    const [method, path] = each.split(" ");
    for (const authorization of ["", "Bearer", "Bearer x", `Bearer ${server.token}x`, `Bearer ${server.token.slice(0, -1)}`, `bearer ${server.token}`, `Basic ${server.token}`]) {
      const { status, body } = await server.raw(method, filled(path), { authorization });
      if (status !== 401) open.push(each);
      else if (method !== "HEAD") expect(path.startsWith("/iceberg/") ? body.error.type : body.error.code).toBe(path.startsWith("/iceberg/") ? "NotAuthorizedException" : "MR-HTTP-001");
    }
  }
  expect([...new Set(open)].sort()).toEqual([...ofPages.map(({ path }) => `GET ${path}`), "GET /livez", "GET /readyz", "POST /api/v1/sessions", "POST /iceberg/v1/oauth/tokens"].sort());
});

test("the public routes answer constants", async () => {
  const anybody = (path: string) => server.raw("GET", path, { authorization: "" });
  expect((await anybody("/livez")).text).toBe("ok\n");
  expect((await anybody("/readyz")).text).toBe("ready\n");
  server.control.reasons = ["the log is away: /secret/place"];
  const answer = await anybody("/readyz");
  expect([answer.status, answer.text]).toEqual([503, "not ready\n"]);
  expect((await get("/api/v1/ready")).body).toEqual({ ready: false, reasons: ["the log is away: /secret/place"] });
  server.control.reasons = [];
});

test("objects named like public routes are as closed as others", async () => {
  for (const name of trickyNames) {
    for (const path of [`/api/v1/stages/${name}`, `/api/v1/topics/${name}`]) {
      expect((await server.raw("GET", path, { authorization: "" })).status, path).toBe(401);
      expect((await get(path)).body.name, path).toBe(name);
    }
  }
});

test.each([
  ["/api/v1/stages/branch/health"],
  ["/api/v1/stages/configs/readyz/"],
  ["//api//v1//status"],
  ["/API/V1/status"],
  ["/api/v1/stages/..;/admin"],
  ["/api/v1/%2e%2e/%2e%2e/etc/passwd"],
  ["/api/v1/../../livez"],
  ["/livez/../api/v1/status"],
  ["/api/v1/stages%2f..%2fsecrets"],
  ["/api/v1/status%00"],
  ["/livez%00"],
  ["/livez/"],
  ["/livez;/api/v1/status"],
  ["/LIVEZ"],
  ["//livez"],
  ["/api/v1/status/livez"],
  ["/%6civez%2f..%2fapi%2fv1%2fstatus"],
  [`/api/v1/stages/${"x".repeat(300)}`],
  ["/api/v1/stages/%ff"],
  ["/api/v1/stages/%zz"],
])("%s leads nowhere, with and without the token", async (path) => {
  const without = await server.raw("GET", path, { authorization: "" });
  const withToken = await server.raw("GET", path);
  expect([400, 401, 404]).toContain(without.status);
  expect([400, 404]).toContain(withToken.status);
  expect(withToken.body.error.code).toMatch(/^MR-HTTP-00[56]$/);
  expect(withToken.text).not.toMatch(/node_modules|\.ts:/);
});

test.each([["x-original-url"], ["x-rewrite-url"], ["x-http-method-override"], ["x-forwarded-host"], ["forwarded"]])("header %s changes nothing", async (header) => {
  expect((await server.raw("GET", "/api/v1/stages/branch/pause", { [header]: "/livez" })).status).toBe(404);
  expect((await server.raw("GET", "/api/v1/status", { authorization: "", [header]: "/livez" })).status).toBe(401);
  expect((await server.raw("GET", "/livez", { [header]: "DELETE" })).text).toBe("ok\n");
});

test.each([[".."], ["."], ["a/../../b"], ["a\\..\\b"], ["-rf"], ["$(id)"], ["a\nb"], ["x".repeat(192)], ["n\u202Egnp"]])("%j is no name", async (name) => {
  for (const path of ["/api/v1/stages/", "/api/v1/topics/", "/api/v1/tables/", "/api/v1/dlq/"]) {
    const { status } = await server.raw("GET", path + encodeURIComponent(name) + (path.includes("dlq") ? "/records" : ""));
    expect([400, 404]).toContain(status);
  }
  expect([400, 404]).toContain((await server.raw("POST", `/ingest/${encodeURIComponent(name)}`, { "content-type": "application/json" }, "{}")).status);
});

test("hosts and origins from elsewhere are refused, before the token is looked at", async () => {
  const { port } = new URL(server.url);
  const status = async (headers: Record<string, string>): Promise<number> => (await server.raw("GET", "/api/v1/status", headers)).status;
  for (const host of ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example:80", "127.0.0.1@evil.example", "localhost/", "[::ffff:7f00:1]"]) expect(await status({ host }), host).toBe(403);
  for (const host of ["localhost", `localhost:${port}`, "127.0.0.1:1", "[::1]:80", "MILL.example"]) expect(await status({ host }), host).toBe(200);
  for (const origin of ["null", "http://localhost.evil.example", "https://evil.example", "http://localhost:1", `http://127.0.0.1:${port}@evil.example`, "file://", ""]) expect(await status({ host: `127.0.0.1:${port}`, origin }), origin).toBe(403);
  expect(await status({ host: `127.0.0.1:${port}`, origin: `http://127.0.0.1:${port}` })).toBe(200);
  expect((await server.raw("GET", "/livez", { host: "evil.example" })).status).toBe(403);
});

test("a token in the query string is refused, whether or not the header is right", async () => {
  expect((await server.raw("GET", `/api/v1/status?token=${server.token}`, { authorization: "" })).status).toBe(401);
  const both = await get(`/api/v1/status?access_token=${server.token}`);
  expect([both.status, both.body.error.code]).toEqual([400, "MR-HTTP-006"]);
  expect(both.text).not.toContain(server.token);
  expect(server.logged.join("")).not.toContain(server.token);
});

test("every answer carries the security headers, and none a CORS header", async () => {
  for (const path of ["/livez", "/api/v1/status", "/nowhere"]) {
    const { headers } = await get(path, { origin: server.url });
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(headers.get("cache-control")).toBe("no-store");
    expect([...headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
  }
});

/** Sends bytes as they are, and gives what comes back until the server closes. */
function sendBytes(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1", () => socket.write(bytes));
    let got = "";
    socket.on("data", (chunk) => (got += chunk));
    socket.on("close", () => resolve(got));
    socket.on("error", reject);
  });
}

test.each([
  ["a body with two lengths", "POST /ingest/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"],
  ["too many headers", `GET /livez HTTP/1.1\r\nHost: localhost\r\n${Array.from({ length: 10_000 }, (_, n) => `x-${n}: 1\r\n`).join("")}\r\n`, "431"],
  ["no HTTP", "\u0000\u0001\u0002 hello\r\n\r\n", "400"],
  ["no host", "GET /livez HTTP/1.1\r\n\r\n", "400"],
])("%s: refused, and the connection closed", async (_title, bytes, status) => {
  expect(await sendBytes(bytes)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect((await get("/livez")).status).toBe(200);
});

test("a token too short to protect anything is refused at the start", () => {
  expect(() => createServer({ control: server.control, token: "short", logger: pino({ level: "silent" }), version: "0" })).toThrow(/MR-HTTP-001/);
});

test("status, stages, tables, manifest and summary are told", async () => {
  const status = await get("/api/v1/status");
  expect(status.body).toMatchObject({ project: "shop", idle: true, problems: [] });
  expect(status.body.stages.find(({ name }: { name: string }) => name === "branch")).toMatchObject({ state: "running", lagRecords: null });
  expect((await get("/api/v1/stages?limit=1")).body).toMatchObject({ stages: [{ name: "branch" }], next: "branch" });
  expect((await get("/api/v1/tables")).body).toEqual({ tables: [{ name: "sales.daily", rows: 0, snapshot: null, files: 0, newestAt: null }], next: null });
  expect((await get("/api/v1/tables/sales.daily")).body).toMatchObject({ name: "sales.daily", columns: expect.any(Array) });
  expect((await get("/api/v1/tables/sales.dayly")).body.error).toMatchObject({ code: "MR-LAKE-001", mend: expect.stringContaining("sales.daily") });
  expect((await get("/api/v1/manifest")).body).toEqual(JSON.parse(JSON.stringify(server.control.manifest())));
  expect((await get("/api/v1/summary")).body.results[0].rows).toEqual([["1"]]);
});

test("a stage is paused, resumed, scaled and restarted", async () => {
  const act = (verb: string, body?: unknown, method = "POST") => server.call(method, `/api/v1/stages/branch/${verb}`, body);
  expect((await act("pause", { reason: "too hot" })).body).toMatchObject({ state: "paused", reason: "too hot" });
  expect((await act("resume")).body.state).toBe("running");
  expect((await act("pause")).body).toMatchObject({ state: "paused", reason: "paused by hand" });
  expect((await act("resume")).body.state).toBe("running");
  expect((await act("scale", { max: 3 }, "PUT")).body.scale).toEqual({ min: 1, max: 3 });
  expect((await act("restart")).status).toBe(200);
  expect(server.control.restarted).toEqual(["branch"]);
  for (const body of [{}, { min: -1 }, { max: 0 }, { min: 5, max: 2 }, { min: "2" }, { max: 1.5 }, { other: 1 }, [], null]) {
    const answer = await act("scale", body, "PUT");
    expect([answer.status, answer.body.error.code], JSON.stringify(body)).toEqual([400, "MR-HTTP-006"]);
  }
  const unknown = await server.call("POST", "/api/v1/stages/brnch/pause");
  expect([unknown.status, unknown.body.error.code]).toEqual([404, "MR-ENGINE-005"]);
  expect(unknown.body.error.mend).toContain('did you mean "branch"');
});

test("dead letters are counted, shown and redriven", async () => {
  const { topics } = server.control.manifest();
  const { BatchBuilder } = await import("../batch/builder.ts");
  const builder = new BatchBuilder({ ...topics["branch.dlq"], where: "test" });
  builder.append(order("dead"), 0, { headers: [["millrace.error.code", "MR-ENGINE-001"]] });
  await server.log.append({ producer: "branch", outputs: [{ topic: "branch.dlq", partition: 0, batch: builder.finish() }] });
  expect((await get("/api/v1/dlq")).body.stages.find(({ stage }: { stage: string }) => stage === "branch")).toEqual({ stage: "branch", topic: "branch.dlq", records: 1 });
  const { body } = await get("/api/v1/dlq/branch/records");
  expect(body.records).toMatchObject([{ value: { id: "dead" }, headers: [["millrace.error.code", "MR-ENGINE-001"]] }]);
  expect((await server.call("POST", "/api/v1/dlq/branch/redrive", { dryRun: true })).body).toEqual({ matched: 1, redriven: 0, dryRun: true });
  expect((await server.call("POST", "/api/v1/dlq/branch/redrive")).body).toEqual({ matched: 1, redriven: 1, dryRun: false });
  expect((await server.call("POST", "/api/v1/dlq/branch/redrive", { limit: 5, filter: { errorCode: "MR-ENGINE-001" } })).status).toBe(200);
  expect(server.control.redriven.at(-1)).toEqual(["branch", { limit: 5, filter: { errorCode: "MR-ENGINE-001" } }]);
  expect((await server.call("POST", "/api/v1/dlq/branch/redrive", { filter: { sql: "1=1" } })).status).toBe(400);
  expect((await server.call("POST", "/api/v1/dlq/branch/discard", { dryRun: true })).body).toEqual({ matched: 1, discarded: 0, dryRun: true });
  expect((await server.call("POST", "/api/v1/dlq/branch/discard", { records: [{ partition: 0, offset: 0 }] })).body).toEqual({ matched: 1, discarded: 1, dryRun: false });
  expect(server.control.discarded.at(-1)).toEqual(["branch", { records: [{ partition: 0, offset: 0 }] }]);
  expect((await get("/api/v1/dlq/orders-intake/records")).body.error.code).toBe("MR-HTTP-005");
  expect((await get("/api/v1/dlq/nobody/records")).body.error.code).toBe("MR-ENGINE-005");
});

test("SQL answers columns and rows, and refuses what it cannot be", async () => {
  const ask = (body: unknown) => server.call("POST", "/api/v1/sql", body);
  const answer = await ask({ sql: "count branch.dlq" });
  expect(answer.text).toContain('"name":"__proto__"');
  expect(answer.body.rows).toEqual([[1]]);
  for (const body of [{}, { sql: "" }, { sql: 5 }, { sql: "x".repeat(65_537) }, { sql: "x", limit: 1e9 }, { sql: "x", timeout: "soon" }, { sql: "x", timeout: "2h" }, { sql: "x", user: "admin" }]) {
    const { status, body: told } = await ask(body);
    expect([status, told.error.code], JSON.stringify(body).slice(0, 80)).toEqual([400, expect.stringMatching(/^MR-(HTTP-006|MODEL-005)$/)]);
  }
  expect((await ask({ sql: "drop" })).body.error.code).toBe("MR-SQL-001");
});

test("a caller who leaves ends the statement", async () => {
  const stop = new AbortController();
  const asked = fetch(`${server.url}/api/v1/sql`, { method: "POST", headers: { authorization: `Bearer ${server.token}`, "content-type": "application/json" }, body: JSON.stringify({ sql: "wait" }), signal: stop.signal });
  asked.catch(() => undefined);
  await server.control.sqlStarted.promise;
  stop.abort();
  await expect(asked).rejects.toThrow();
  await server.control.sqlAborted.promise;
});

test("what fails inside tells nothing outside", async () => {
  server.control.fault = new Error("password=hunter2 at /etc/shadow");
  const answer = await get("/api/v1/status");
  server.control.fault = undefined;
  expect([answer.status, answer.body.error.code]).toEqual([500, "MR-INTERNAL-001"]);
  expect(answer.text).not.toMatch(/hunter2|shadow/);
  expect(server.logged.join("")).toContain("hunter2");
});

test("a body where none is read does no harm, and a large one is refused", async () => {
  expect((await server.call("POST", "/api/v1/stages/branch/restart", {})).status).toBe(200);
  const large = await server.call("POST", "/api/v1/stages/branch/pause", { reason: "x".repeat(20_000) });
  expect([large.status, large.body.error.code]).toEqual([413, "MR-HTTP-004"]);
  const lines = await server.call("POST", "/api/v1/sql", "{}", { "content-type": "application/x-ndjson" });
  expect([lines.status, lines.body.error.code]).toEqual([415, "MR-HTTP-002"]);
});

test("metrics of server and project stand side by side", async () => {
  await server.call("POST", "/ingest/orders-intake", [order("m1"), {}]);
  const { text, headers } = await get("/metrics");
  expect(headers.get("content-type")).toContain("version=0.0.4");
  expect(text).toContain('millrace_ingest_records_total{source="orders-intake",result="accepted"} 1');
  expect(text).toContain('millrace_ingest_records_total{source="orders-intake",result="rejected"} 1');
  expect(text).toMatch(/millrace_http_request_duration_seconds_count\{route="\/ingest\/:source",method="POST",status="2xx"\} 1/);
  expect(text).toContain("millrace_test_total 1");
  expect(text).not.toContain("etc/passwd");
});

test("the document lists every route, and its schemas are valid", async () => {
  const { body: document } = await get("/api/v1/openapi.json");
  expect(document.openapi).toBe("3.1.0");
  const listed = Object.entries<Record<string, any>>(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`));
  // The Iceberg catalog has a document of its own, which is Iceberg's.
  expect(listed.sort()).toEqual(routesOfServer().filter((each) => !each.includes(" /iceberg/") && !each.endsWith(` ${joinPath}`) && !ofPages.some(({ path }) => each === `GET ${path}`)).sort());
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const operations = Object.entries<Record<string, any>>(document.paths).flatMap(([path, methods]) => Object.values(methods).map((operation) => ({ path, operation })));
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
  for (const { path, operation } of operations) {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(operation.parameters.filter(({ in: place }: any) => place === "path").map(({ name }: any) => name)).toEqual(names);
    expect(operation.responses.default).toEqual({ $ref: "#/components/responses/Error" });
    const contents = [operation.requestBody, ...Object.values(operation.responses)].flatMap((part: any) => Object.values<any>(part?.content ?? {}));
    for (const { schema } of [...operation.parameters, ...contents]) expect(() => ajv.compile(schema), path).not.toThrow();
  }
});

test("every code of an error has a status of its kind", () => {
  expect(Object.keys(errorStatus).sort()).toEqual(Object.keys(errorCodes).sort());
  for (const status of Object.values(errorStatus)) expect(status).toBeGreaterThanOrEqual(400);
});
