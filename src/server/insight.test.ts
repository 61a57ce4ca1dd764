import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../test/support/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const get = (path: string) => server.call("GET", `/api/v1${path}`);
const produce = (values: number[], more: object = {}) => server.call("POST", "/api/v1/topics/events/records", { records: values.map((n) => ({ value: { n }, ...more })) });

interface Page {
  records: { partition: number; offset: number; value: { n: number } }[];
  next: string;
  previous: string;
  atStart: boolean;
  atEnd: boolean;
  scanned: number;
}

test("pages go back from the newest to the first, each record once; a filter finds the same either way", async () => {
  for (let n = 0; n < 60; n += 3) await produce([n, n + 1, n + 2]);
  const back: number[] = [];
  let page: Page = (await get("/topics/events/records?from=end&limit=7")).body;
  expect(page.atEnd).toBe(true);
  for (; ; page = (await get(`/topics/events/records?before=${page.previous}&limit=7`)).body) {
    back.push(...page.records.map(({ value }) => value.n).reverse());
    if (page.atStart) break;
    expect(page.records.length).toBeGreaterThan(0);
  }
  expect([...back].sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, n) => n));

  const filter = encodeURIComponent("n >= 20 and n < 23");
  const found = async (from: string): Promise<[number[], number]> => {
    const { records, scanned } = (await get(`/topics/events/records?from=${from}&filter=${filter}`)).body as Page;
    return [records.map(({ value }) => value.n).sort(), scanned];
  };
  expect(await found("start")).toEqual([[20, 21, 22], 60]);
  expect(await found("end")).toEqual([[20, 21, 22], 60]);
  const refused = await get("/topics/events/records?filter=n%20%3E%20");
  expect([refused.status, refused.body.error.code]).toEqual([400, "MR-HTTP-006"]);
});

test("a filtered page that is full goes on where it stopped, in both directions", async () => {
  const filter = encodeURIComponent("n >= 0");
  const walk = async (first: string, next: (page: Page) => string, ends: (page: Page) => boolean): Promise<number> => {
    const seen = new Set<string>();
    for (let page: Page = (await get(`/topics/events/records?filter=${filter}&limit=4&${first}`)).body; ; page = (await get(`/topics/events/records?filter=${filter}&limit=4&${next(page)}`)).body) {
      for (const { partition, offset } of page.records) {
        expect(seen.has(`${partition}:${offset}`)).toBe(false);
        seen.add(`${partition}:${offset}`);
      }
      if (ends(page)) return seen.size;
    }
  };
  const { records } = (await get("/topics/events/records?limit=1000")).body as Page;
  expect(await walk("from=start", ({ next }) => `cursor=${next}`, ({ atEnd }) => atEnd)).toBe(records.length);
  expect(await walk("from=end", ({ previous }) => `before=${previous}`, ({ atStart }) => atStart)).toBe(records.length);
});

test("long texts are cut where the reader asks for it, and it is told", async () => {
  await produce([1_000], { key: "k".repeat(50_000), headers: [["h", "x".repeat(50_000)]] });
  const [cut] = (await get("/topics/events/records?filter=n%20%3D%201000&textMax=10")).body.records;
  expect(cut).toMatchObject({ key: `${"k".repeat(10)}…`, headers: [["h", `${"x".repeat(10)}…`]], value: { n: 1_000 }, shortened: true });
  const [whole] = (await get("/topics/events/records?filter=n%20%3D%201000")).body.records;
  expect([whole.key.length, "shortened" in whole]).toEqual([50_000, false]);
});

test("a tail keeps to its filter, and takes a reader who is far behind to the newest", async () => {
  await produce(Array.from({ length: 300 }, (_, i) => 10_000 + i));
  const answer = await fetch(`${server.url}/api/v1/topics/events/tail?from=start&behindMax=5&filter=${encodeURIComponent("n >= 10000")}`, { headers: { authorization: `Bearer ${server.token}` } });
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (reader && (text.match(/event: gap/g)?.length ?? 0) < 3) text += (await reader.read()).value ?? "";
  while (reader && !text.includes("event: record")) text += (await reader.read()).value ?? "";
  await reader?.cancel();
  const told = [...text.matchAll(/event: record\nid: [^\n]*\ndata: ([^\n]*)\n/g)].map(([, data]) => JSON.parse(data) as { value: { n: number } });
  expect(told.length).toBeLessThanOrEqual(15);
  for (const { value } of told) expect(value.n).toBeGreaterThanOrEqual(10_000);
});

test("a topic says who writes and reads it, and how far its groups are", async () => {
  expect((await get("/topics/events")).body).toMatchObject({ writtenBy: ["orders-intake", "events-intake", "small-intake", "branch"].filter((name) => name !== "orders-intake"), readBy: expect.arrayContaining(["metrics"]) });
  await server.log.seek("metrics", [{ topic: "events", partition: 1, offset: 2 }]);
  const { groups } = (await get("/topics/events/groups")).body;
  const { partitionInfo } = await server.log.topic("events");
  expect(groups).toEqual([{ group: "metrics", members: [], partitions: [{ partition: 1, offset: 2, lag: partitionInfo[1].records - 2 }], lag: partitionInfo[1].records - 2 }]);
  for (const part of ["groups", "schemas"]) expect((await get(`/topics/nowhere/${part}`)).status).toBe(404);
  expect((await get("/topics/events/schemas")).body.schemas).toMatchObject([{ release: "r1", current: true, schema: { type: "object" } }]);
});

test("a stage's figures, lines and code are told; one that there is not has none", async () => {
  expect((await get("/stages/branch/figures?minutes=360")).body).toEqual({ stepMs: 10_000, at: [], recordsIn: [], recordsOut: [], lag: [], latencyP50Ms: [], latencyP99Ms: [], cores: [], memoryBytes: [] });
  expect((await get("/stages/branch/figures?minutes=361")).status).toBe(400);
  const lines = server.control.insight.linesOf("branch");
  lines.add(new Date(0), "warn", "one", { a: 1 });
  lines.add(new Date(0), "info", "two\u001b[2J", {}, 4711);
  expect((await get("/stages/branch/log")).body.lines).toEqual([{ number: 1, at: "1970-01-01T00:00:00.000Z", level: "warn", text: "one", fields: '{"a":1}' }, { number: 2, at: "1970-01-01T00:00:00.000Z", level: "info", text: "two\u001b[2J", pid: 4711 }]);
  expect((await get("/stages/branch/log?after=1")).body.lines.map(({ text }: { text: string }) => text)).toEqual(["two\u001b[2J"]);
  const answer = await fetch(`${server.url}/api/v1/stages/branch/log/tail?after=1`, { headers: { authorization: `Bearer ${server.token}` } });
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (reader && !text.includes("two")) text += (await reader.read()).value ?? "";
  lines.add(new Date(0), "error", "three");
  while (reader && !text.includes("three")) text += (await reader.read()).value ?? "";
  await reader?.cancel();
  expect(text).not.toContain("one");
  expect((await get("/stages/branch/code")).body).toEqual({ release: "r1", kind: "record", reads: ["orders"], writes: ["events", "branch.dlq"], file: null });
  for (const part of ["figures", "log", "log/tail", "code"]) expect((await get(`/stages/nobody/${part}`)).body.error.code).toBe("MR-ENGINE-005");
});

test("what needs a person is told, the gravest first", async () => {
  await server.control.pause("metrics", "a look at it");
  const { items } = (await get("/attention")).body;
  expect(items).toContainEqual({ kind: "stage", name: "metrics", tone: "hold", text: "paused: a look at it", at: null, run: null, task: null });
  const rank = ["bad", "wait", "warn", "hold"];
  const ranks = items.map(({ tone }: { tone: string }) => rank.indexOf(tone));
  expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
  expect((await get("/pipelines")).body.pipelines.flatMap(({ stages }: { stages: string[] }) => stages).sort()).toEqual(Object.keys(server.control.manifest().stages).sort());
});
