import { afterAll, beforeAll, expect, test } from "vitest";
import { serverEvents } from "../client/server-events.ts";
import { MillraceError } from "../errors.ts";
import { startTestServer, type TestServer } from "../../test/support/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

async function follow({ url, token }: TestServer = server): Promise<{ next(): Promise<{ event: string; data: any }>; leave(): void }> {
  const stop = new AbortController();
  const answer = await fetch(`${url}/api/v1/live`, { headers: { authorization: `Bearer ${token}` }, signal: stop.signal });
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
  const events = serverEvents((answer.body as ReadableStream<Uint8Array<ArrayBuffer>>).pipeThrough(new TextDecoderStream()));
  return {
    next: async () => {
      const { event, data } = (await events.next()).value as { event: string; data: string };
      return { event, data: JSON.parse(data) };
    },
    leave: () => stop.abort(),
  };
}

test("whoever watches is told the status at once, and again when it has changed, and never what has not", async () => {
  const [first, second] = await Promise.all([follow(), follow()]);
  for (const watcher of [first, second]) {
    const { event, data } = await watcher.next();
    expect([event, data.project]).toEqual(["status", (await server.call("GET", "/api/v1/status")).body.project]);
  }
  await server.call("POST", "/api/v1/stages/branch/pause", { reason: "for a look" });
  let seen = await first.next();
  while (seen.event !== "status") seen = await first.next();
  expect(seen.data.stages.find(({ name }: { name: string }) => name === "branch").state).toBe("paused");
  first.leave();
  second.leave();
});

test("the status is sent once; while nothing changes, only that the line is alive", async () => {
  const quiet = await startTestServer();
  const watcher = await follow(quiet);
  const events: string[] = [];
  while (events.at(-1) !== "alive") events.push((await watcher.next()).event);
  expect(events.filter((event) => event === "status")).toEqual(["status"]);
  watcher.leave();
  await quiet.close();
});

test("what the scheduler writes is hinted at", async () => {
  const watcher = await follow();
  await watcher.next();
  await server.control.dags.pauseDag("daily");
  let seen = await watcher.next();
  while (seen.event !== "changed" || !seen.data.includes("runs")) seen = await watcher.next();
  watcher.leave();
});

test("while the status cannot be had that is told, and what else has changed; then the status again, though it is the same", async () => {
  const other = await startTestServer();
  const { status } = other.control;
  const watcher = await follow(other);
  const said: string[] = [];
  const hear = async (event: string): Promise<any> => {
    for (;;) {
      const news = await watcher.next();
      said.push(news.event);
      if (news.event === event) return news.data;
    }
  };
  const before = await hear("status");
  other.control.status = () => Promise.reject(new MillraceError("MR-LOG-001", { what: "the log is away", where: "here", mend: "wait" }));
  expect((await hear("trouble")).error).toMatchObject({ code: "MR-LOG-001", what: "the log is away", mend: "wait" });
  await other.control.dags.pauseDag("daily");
  expect(await hear("changed")).toEqual(["runs"]);
  other.control.status = status;
  said.length = 0;
  expect((await hear("status")).project).toBe(before.project);
  expect(said).not.toContain("alive");
  watcher.leave();
  await other.close();
});

test("no more watch than are meant to", async () => {
  const other = await startTestServer();
  await Promise.all(Array.from({ length: 64 }, () => follow(other)));
  expect((await other.call("GET", "/api/v1/live")).body.error.code).toBe("MR-HTTP-008");
  await other.close();
});
