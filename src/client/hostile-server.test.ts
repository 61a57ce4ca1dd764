import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "./connect.ts";

/* A service that is none, or one behind a proxy that cuts, slows and sends elsewhere what passes through it. */

let server: Server;
let answer: RequestListener;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const says = (body: string, status = 200): void => void (answer = (_request, response) => void response.writeHead(status, { "content-type": "application/json" }).end(body));
const ask = () => Promise.resolve(connect({ url, token: "t" }).sql`select 1 as n`);

test.each([
  ["no JSON", "<html>"],
  ["nothing", ""],
  ["null", "null"],
  ["a list", "[]"],
  ["no rows", '{"columns":[]}'],
  ["columns that are none", '{"columns":[null],"rows":[]}'],
  ["rows that are none", '{"columns":[{"name":"n","type":"INTEGER"}],"rows":[null]}'],
  ["rows that are too short", '{"columns":[{"name":"n","type":"INTEGER"}],"rows":[[]]}'],
])("%s is no answer", async (_title, body) => {
  says(body);
  await expect(ask()).rejects.toMatchObject({ code: "MR-INTERNAL-001", parts: { where: "POST /sql", what: expect.stringContaining("none of Millrace's") } });
});

test.each([
  ["an error without a code", '{"error":{"what":"x","where":"y","mend":"z"}}'],
  ["an error of half its parts", '{"error":{"code":"MR-SQL-003"}}'],
  ["an error of a code that every object has", '{"error":{"code":"constructor","what":"x","where":"y","mend":"z"}}'],
  ["no error", "no"],
])("%s does not say why", async (_title, body) => {
  says(body, 500);
  await expect(ask()).rejects.toMatchObject({ code: "MR-INTERNAL-001", parts: { what: "the service answered 500 without saying why" } });
});

test("an answer that breaks off can be asked for again", async () => {
  answer = (_request, response) => {
    response.writeHead(200, { "content-length": "1000" }).write('{"columns":');
    setImmediate(() => response.destroy());
  };
  await expect(ask()).rejects.toMatchObject({ code: "MR-CLI-002", parts: { what: "the answer broke off", retryable: true } });
});

test("a statement is sent to nobody else", async () => {
  const paths: string[] = [];
  answer = (request, response) => {
    paths.push(String(request.url));
    response.writeHead(307, { location: `${url}/elsewhere` }).end();
  };
  await expect(ask()).rejects.toMatchObject({ code: "MR-INTERNAL-001" });
  expect(paths).toEqual(["/api/v1/sql"]);
});

test("a slow answer ends with its signal, and says why", async () => {
  const stop = new AbortController();
  answer = (_request, response) => {
    response.writeHead(200).write("{");
    stop.abort(new Error("enough"));
  };
  await expect(connect({ url, token: "t" }).sql`select 1`.with({ signal: stop.signal })).rejects.toMatchObject({ message: "enough" });
});

const ended = '{"id":"q1","endedAt":"2026-01-01T00:00:00Z","error":null}';
const pageOf = (next: unknown) => JSON.stringify({ columns: [{ name: "n", type: "INTEGER" }], rows: [[1]], next });

test.each([["the same page", "0"], ["a page before", "-5"], ["no number", "x"], ["nothing of it", undefined], ["a number", 7]])("pages that name %s as the next one do not go on for ever", async (_title, next) => {
  answer = (request, response) => void response.end(request.method === "POST" ? ended : pageOf(next));
  const read = async () => {
    for await (const _row of connect({ url, token: "t" }).sql`select 1`);
  };
  await expect(read()).rejects.toMatchObject({ code: "MR-INTERNAL-001", parts: { what: expect.stringContaining("do not follow") } });
});

test.each(["{}", '{"id":1,"endedAt":null,"error":null}', '{"id":"q","endedAt":"x","error":{}}'])("%s says nothing of a query", async (body) => {
  says(body);
  await expect(connect({ url, token: "t" }).sql`select 1`[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "MR-INTERNAL-001", parts: { what: expect.stringContaining("nothing of a query") } });
});

test("a column has the name of every object, and many have the same", async () => {
  const columns = ["__proto__", ...Array.from({ length: 5_000 }, () => "n")].map((name) => ({ name, type: "INTEGER" }));
  says(JSON.stringify({ columns, rows: [columns.map((_column, i) => i)], truncated: false }));
  const [row] = await ask();
  expect([Object.hasOwn(row, "__proto__"), Object.keys(row).length, Object.getPrototypeOf(row) === Object.prototype]).toEqual([true, 5_001, true]);
});
