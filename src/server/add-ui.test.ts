import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../test/support/test-server.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-ui-"));
for (const each of ["assets", "topics"]) mkdirSync(join(folder, "ui", each), { recursive: true });
writeFileSync(join(folder, "secret.js"), "secret");
writeFileSync(join(folder, "ui/index.html"), "<!doctype html><p>the page");
writeFileSync(join(folder, "ui/topics.html"), "<!doctype html><p>the page of all topics");
writeFileSync(join(folder, "ui/topics/one.html"), "<!doctype html><p>the page of a topic");
writeFileSync(join(folder, "ui/assets/a-1f.js"), "let a;");
writeFileSync(join(folder, "ui/assets/a-1f.js.br"), brotliCompressSync("let a;"));
writeFileSync(join(folder, "ui/notes.txt"), "of no known type");

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ uiFolder: join(folder, "ui") });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const get = (path: string, encoding = "identity") => fetch(server.url + path, { headers: { "accept-encoding": encoding } });

test("every address of a page has the page, and it may run nothing that is not a file of ours", async () => {
  for (const path of ["/", "/dags", "/runs/r1", "/catalog/table/a.b"]) {
    const answer = await get(path);
    expect([answer.status, await answer.text()]).toEqual([200, "<!doctype html><p>the page"]);
    expect(answer.headers.get("content-security-policy")).toMatch(/default-src 'none'; script-src 'self'; style-src 'self';.*frame-ancestors 'none'/);
    expect(answer.headers.get("cache-control")).toBe("no-cache");
  }
});

test("a page that has a document of its own comes with that", async () => {
  const textAt = async (path: string): Promise<string> => (await get(path)).text();
  expect(await textAt("/topics")).toContain("of all topics");
  expect([await textAt("/topics/a.b"), await textAt("/topics/one.html")]).toEqual(Array(2).fill("<!doctype html><p>the page of a topic"));
});

test("what has a hash in its name lasts, and comes small to who takes it so", async () => {
  const plain = await get("/assets/a-1f.js");
  expect([await plain.text(), plain.headers.get("cache-control"), plain.headers.get("content-encoding")]).toEqual(["let a;", "public, max-age=31536000, immutable", null]);
  const small = await get("/assets/a-1f.js", "gzip, br");
  expect([await small.text(), small.headers.get("content-encoding"), small.headers.get("vary")]).toEqual(["let a;", "br", "accept-encoding"]);
});

test("nothing else is there, however it is asked for", async () => {
  for (const path of ["/notes.txt", "/index.html", "/topics.html", "/index.html.br", "/assets/a-1f.js.br", "/assets/../../secret.js", "/assets/%2e%2e/%2e%2e/secret.js", "/secret.js", "/assets/"]) expect((await server.raw("GET", path, { authorization: "" })).status, path).toBe(401);
});

test("a browser at an address that leads nowhere gets the page, which says so; whoever asks the interface does not", async () => {
  const asked = (path: string, accept: string) => fetch(server.url + path, { headers: { accept } });
  const page = await asked("/nowhere/at/all", "text/html,application/xhtml+xml,*/*;q=0.8");
  expect([page.status, await page.text()]).toEqual([404, "<!doctype html><p>the page"]);
  expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect((await asked("/nowhere", "*/*")).status).toBe(401);
  expect((await asked("/api/v1/nowhere", "text/html")).status).toBe(401);
  expect((await fetch(`${server.url}/nowhere`, { method: "POST", headers: { accept: "text/html" } })).status).toBe(401);
});

test("where it was not built, the pages say so", async () => {
  const bare = await startTestServer();
  const answer = await fetch(`${bare.url}/`);
  expect([answer.status, await answer.text()]).toEqual([503, "The web interface is not built here: npm run build\n"]);
  await bare.close();
});

test("a code opens a session, which opens what the token opens", async () => {
  const call = (method: string, path: string, token: string, body?: unknown) => server.call(method, path, body, { authorization: token === "" ? "" : `Bearer ${token}` });
  const { secret: code } = (await call("POST", "/api/v1/sessions/invite", server.token)).body;
  expect((await call("GET", "/api/v1/status", code)).status).toBe(401);
  const { secret } = (await call("POST", "/api/v1/sessions", "", { code })).body;
  expect((await call("GET", "/api/v1/status", secret)).status).toBe(200);
  expect((await call("POST", "/api/v1/sessions", "", { code })).body.error).toMatchObject({ code: "MR-HTTP-001", mend: "get a new one: millrace open" });
  expect((await call("POST", "/api/v1/sessions/invite", "")).status).toBe(401);
});
