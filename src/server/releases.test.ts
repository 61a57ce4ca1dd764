import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../test/support/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const post = (path: string, body?: unknown) => server.call("POST", `/api/v1/releases${path}`, body);

test("a plan is shown, the release taken up and rolled back", async () => {
  server.control.dags.inFolder = "r2";
  const plan = await post("/apply", { dryRun: true });
  expect(plan).toMatchObject({ status: 200, body: { from: "r1", to: "r2", done: false, dags: [{ name: "daily", fills: { count: 5 }, schedule: { after: { next: [{ runAt: "2001-01-05T05:00:00.000Z" }] } } }, { name: "old", change: "removed", fills: null }] } });
  expect(await post("/apply", { release: "r9" })).toMatchObject({ status: 409, body: { error: { code: "MR-SCHED-010" } } });
  expect((await post("/apply", { release: "r2", note: "retries" })).body).toMatchObject({ to: "r2", done: true });
  expect((await post("/apply")).body).toMatchObject({ from: "r2", to: "r2", done: false });
  expect((await post("/rollback", { dryRun: true })).body).toMatchObject({ from: "r2", to: "r0", done: false });
  expect(await post("/rollback", { release: "r7" })).toMatchObject({ status: 404, body: { error: { code: "MR-SCHED-011" } } });
  expect((await post("/rollback", { release: "r1" })).body.done).toBe(true);
  expect((await server.call("GET", "/api/v1/releases")).body).toMatchObject({ releases: [{ release: "r1", current: true, note: "retries" }, { release: "r0", takenAt: null }] });
});

test.each([[{ release: "" }], [{ force: true }], [{ note: 3 }]])("%j is not understood", async (body) => {
  expect(await post("/apply", body)).toMatchObject({ status: 400, body: { error: { code: "MR-HTTP-006" } } });
});
