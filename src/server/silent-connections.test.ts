import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as secureConnect } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { selfSigned } from "../../scripts/engines/self-signed.ts";
import { startTestServer } from "../../test/support/test-server.ts";

let folder: string;
let tls: { cert: Buffer; key: Buffer };
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mr-silent-"));
  const { cert, key } = selfSigned(folder);
  tls = { cert: readFileSync(cert), key: readFileSync(key) };
});
afterAll(() => rmSync(folder, { recursive: true }));

async function askOverTls(port: number): Promise<number | undefined> {
  const asked = request({ port, host: "127.0.0.1", path: "/livez", ca: tls.cert, agent: false }).end();
  const [response] = await once(asked, "response");
  response.resume();
  return response.statusCode;
}

test("a server that goes down waits for no connection on which nothing was asked", async () => {
  const server = await startTestServer();
  const silent = connect(Number(new URL(server.url).port), "127.0.0.1");
  await once(silent, "connect");
  // Heard of by the server too: it answers behind it.
  await server.call("GET", "/api/v1/status");
  const gone = once(silent, "close");
  silent.resume();
  await server.close();
  await gone;
});

test("nor for one that has not even begun with TLS, or has and asked nothing", async () => {
  const server = await startTestServer({ tls });
  const port = Number(new URL(server.url).port);
  const silent: Socket[] = [connect(port, "127.0.0.1"), secureConnect({ port, host: "127.0.0.1", ca: tls.cert })];
  await Promise.all([once(silent[0], "connect"), once(silent[1], "secureConnect")]);
  expect(await askOverTls(port)).toBe(200);
  const gone = silent.map((socket) => once(socket.resume(), "close"));
  await server.close();
  await Promise.all(gone);
});

test("what was asked before is answered", async () => {
  const server = await startTestServer({ tls });
  const port = Number(new URL(server.url).port);
  const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  server.control.tables = async () => {
    begun.resolve();
    await gate.promise;
    return [];
  };
  const asked = request({ port, host: "127.0.0.1", path: "/api/v1/tables", ca: tls.cert, agent: false, headers: { authorization: `Bearer ${server.token}` } }).end();
  const answered = once(asked, "response");
  await begun.promise;
  const silent = connect(port, "127.0.0.1");
  await once(silent, "connect");
  expect(await askOverTls(port)).toBe(200);
  const gone = once(silent.resume(), "close");
  const closed = server.close();
  await gone;
  gate.resolve();
  const [response] = await answered;
  expect(response.statusCode).toBe(200);
  response.resume();
  await closed;
});
