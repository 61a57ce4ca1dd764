import { afterAll, beforeAll, expect, test } from "vitest";
import { order, startTestServer, type TestServer } from "../../test/support/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const get = (path: string, headers?: Record<string, string>) => server.call("GET", path, undefined, headers);

test("topics are listed by name, in pages", async () => {
  const first = await get("/api/v1/topics?limit=2");
  expect(first.body.topics.map(({ name }: { name: string }) => name)).toEqual(["branch.dlq", "configs"]);
  const second = await get(`/api/v1/topics?limit=2&after=${first.body.next}`);
  expect(second.body.topics.map(({ name }: { name: string }) => name)).toEqual(["events", "health"]);
  let after = second.body.next;
  let pages = 2;
  while (after !== null && pages < 20) {
    after = (await get(`/api/v1/topics?limit=2&after=${after}`)).body.next;
    pages++;
  }
  expect(pages).toBe(5);
});

test("a topic is described with schema and partitions; an unknown one is told the nearest", async () => {
  const { body } = await get("/api/v1/topics/orders");
  expect(body).toMatchObject({ name: "orders", partitions: 4, key: "customer", eventTime: "at", schema: { required: ["id", "customer", "amount", "at"] } });
  expect(body.partitionInfo).toHaveLength(4);
  const missing = await get("/api/v1/topics/ordres");
  expect([missing.status, missing.body.error.code]).toEqual([404, "MR-LOG-003"]);
  expect(missing.body.error.mend).toContain('did you mean "orders"');
});

test("one record is produced with key, headers and event time of its own", async () => {
  const answer = await server.call("POST", "/api/v1/topics/events/records", { value: { n: 7 }, key: "k", headers: [["a", "1"], ["a", "2"]], eventTime: "2020-01-01T00:00:00Z" });
  expect(answer.status).toBe(200);
  const [{ partition, offset }] = answer.body.accepted;
  const page = await get(`/api/v1/topics/events/records?partition=${partition}&offset=${offset}&limit=1`);
  expect(page.body.records).toEqual([
    { partition, offset, eventTime: "2020-01-01T00:00:00.000Z", appendedAt: expect.any(String), key: "k", headers: [["a", "1"], ["a", "2"]], value: { n: 7 } },
  ]);
});

test("many records are produced, and the bad ones named with their places", async () => {
  const answer = await server.call("POST", "/api/v1/topics/events/records", { records: [{ value: { n: 1 } }, { value: { n: "x" } }, { value: { n: 3 } }] });
  expect(answer.body.accepted.map(({ index }: { index: number }) => index)).toEqual([0, 2]);
  expect(answer.body.rejected).toMatchObject([{ index: 1, violations: [{ field: "n", rule: "type" }] }]);
  const none = await server.call("POST", "/api/v1/topics/events/records", { value: {} });
  expect([none.status, none.body.error.code]).toEqual([400, "MR-DATA-001"]);
});

test.each([
  ["an unknown topic", "nowhere", { value: {} }, 404, "MR-LOG-003"],
  ["a topic that Millrace keeps", "branch.dlq", { value: order("x") }, 403, "MR-LOG-008"],
  ["no value", "events", { key: "a" }, 400, "MR-HTTP-006"],
  ["an unknown part", "events", { value: { n: 1 }, partition: 2 }, 400, "MR-HTTP-006"],
  ["a header that is no pair", "events", { value: { n: 1 }, headers: [["a"]] }, 400, "MR-HTTP-006"],
  ["an event time that is none", "events", { value: { n: 1 }, eventTime: "yesterday" }, 400, "MR-HTTP-006"],
  ["a list as the body", "events", [{ value: { n: 1 } }], 400, "MR-HTTP-006"],
])("producing to %s is refused", async (_title, topic, body, status, code) => {
  const answer = await server.call("POST", `/api/v1/topics/${topic}/records`, body);
  expect([answer.status, answer.body.error.code]).toEqual([status, code]);
});

test("pages hold every record once, in order, over all partitions", async () => {
  const ids = Array.from({ length: 250 }, (_, n) => `page-${n}`);
  for (let at = 0; at < ids.length; at += 50) await server.call("POST", "/ingest/orders-intake", ids.slice(at, at + 50).map((id) => order(id)));
  const seen: { partition: number; offset: number; value: { id: string } }[] = [];
  let cursor: string | undefined;
  for (let atEnd = false; !atEnd; ) {
    const { body } = await get(`/api/v1/topics/orders/records?limit=33${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
    expect(body.records.length).toBeLessThanOrEqual(33);
    seen.push(...body.records);
    ({ next: cursor, atEnd } = body);
  }
  expect(seen.map(({ value }) => value.id).sort()).toEqual(ids.sort());
  for (const partition of [0, 1, 2, 3]) {
    const offsets = seen.filter((record) => record.partition === partition).map(({ offset }) => offset);
    expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
  }
});

test("the newest records, over markers too", async () => {
  const partition = 0;
  await server.log.append({ producer: "test", outputs: Array.from({ length: 200 }, () => ({ topic: "orders", partition, mark: { lane: "x", watermark: 0, status: "idle" as const } })) });
  const all = (await get(`/api/v1/topics/orders/records?partition=${partition}&limit=1000`)).body.records;
  const last = await get(`/api/v1/topics/orders/records?partition=${partition}&from=end&limit=5`);
  expect(last.body.records).toEqual(all.slice(-5));
  expect(last.body.atEnd).toBe(true);
  const over = await get("/api/v1/topics/orders/records?from=end&limit=1000");
  expect(over.body.records).toHaveLength(250);
});

test("reading from a time begins with the first record at or after it", async () => {
  const at = (day: number): string => `2031-01-${String(day).padStart(2, "0")}T00:00:00.000Z`;
  const answer = await server.call("POST", "/ingest/orders-intake", [1, 2, 3, 4].map((day) => order(`time-${day}`, { customer: "clock", at: at(day) })));
  expect(answer.body.accepted).toBe(4);
  const { body } = await get(`/api/v1/topics/orders/records?time=${at(3)}`);
  expect(body.records.map(({ value }: any) => value.id)).toEqual(["time-3", "time-4"]);
});

test.each([
  ["limit=1e9", 400, "MR-HTTP-006"],
  ["limit=-1", 400, "MR-HTTP-006"],
  ["limit=0", 400, "MR-HTTP-006"],
  ["partition=0&offset=9223372036854775808", 400, "MR-HTTP-006"],
  ["partition=99", 400, "MR-LOG-004"],
  ["offset=1", 400, "MR-HTTP-006"],
  ["cursor=0:-1", 400, "MR-HTTP-006"],
  ["cursor=77:1", 400, "MR-HTTP-006"],
  ["cursor=..%2F..", 400, "MR-HTTP-006"],
  ["time=tomorrow", 400, "MR-HTTP-006"],
  ["from=middle", 400, "MR-HTTP-006"],
  ["limit=1&limit=2", 400, "MR-HTTP-006"],
  ["fields=*,secret", 400, "MR-HTTP-006"],
  ["token=abc", 400, "MR-HTTP-006"],
])("reading with %s is refused", async (query, status, code) => {
  const answer = await get(`/api/v1/topics/orders/records?${query}`);
  expect([answer.status, answer.body.error.code]).toEqual([status, code]);
});

interface Event {
  event: string;
  id?: string;
  data: any;
}

/** Reads events of a tail until `enough`, then leaves. */
async function tail(path: string, enough: (events: Event[]) => boolean, onOpen: () => Promise<unknown> = async () => undefined, headers: Record<string, string> = {}): Promise<Event[]> {
  const stop = new AbortController();
  const response = await fetch(server.url + path, { headers: { authorization: `Bearer ${server.token}`, ...headers }, signal: stop.signal });
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  const events: Event[] = [];
  let rest = "";
  let opened = false;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    rest += Buffer.from(chunk).toString();
    if (!opened) {
      opened = true;
      await onOpen();
    }
    const blocks = rest.split("\n\n");
    rest = blocks.pop() as string;
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
      if (fields.event && fields.event !== "cursor") events.push({ event: fields.event, id: fields.id, data: JSON.parse(fields.data) });
    }
    if (enough(events)) break;
  }
  stop.abort();
  return events;
}

test("a tail shows what comes after it, and goes on where its reader stopped", async () => {
  const post = (id: string) => server.call("POST", "/ingest/orders-intake", order(id));
  const events = await tail("/api/v1/topics/orders/tail", (seen) => seen.length >= 2, async () => {
    await post("tail-1");
    await post("tail-2");
  });
  expect(events.map(({ event, data }) => [event, data.value.id])).toEqual([
    ["record", "tail-1"],
    ["record", "tail-2"],
  ]);
  await post("tail-3");
  const again = await tail("/api/v1/topics/orders/tail", (seen) => seen.length >= 1, undefined, { "last-event-id": events[1].id as string });
  expect(again[0].data.value.id).toBe("tail-3");
});

test("a tail of which nothing was seen goes on from where it was opened", async () => {
  const headers = { authorization: `Bearer ${server.token}` };
  const stop = new AbortController();
  const opened = await fetch(`${server.url}/api/v1/topics/orders/tail`, { headers, signal: stop.signal });
  const { value } = await (opened.body as ReadableStream<Uint8Array>).getReader().read();
  const cursor = /^event: cursor\nid: (.+)\ndata: \{\}\n\n$/.exec(Buffer.from(value as Uint8Array).toString())?.[1];
  stop.abort();
  await server.call("POST", "/ingest/orders-intake", order("unseen-1"));
  const again = await tail("/api/v1/topics/orders/tail", (seen) => seen.length >= 1, undefined, { "last-event-id": cursor as string });
  expect(again[0].data.value.id).toBe("unseen-1");
});

test("a tail from the start of one partition", async () => {
  const all = (await get("/api/v1/topics/orders/records?partition=1&limit=1000")).body.records;
  const events = await tail("/api/v1/topics/orders/tail?partition=1&from=start", (seen) => seen.length >= all.length);
  expect(events.map(({ data }) => data)).toEqual(all);
});

test("a tail needs a token, a known topic and a true cursor", async () => {
  expect((await fetch(`${server.url}/api/v1/topics/orders/tail`)).status).toBe(401);
  expect((await get("/api/v1/topics/nowhere/tail")).status).toBe(404);
  expect((await get("/api/v1/topics/orders/tail", { "last-event-id": "forged" })).status).toBe(400);
});

test("tails beyond the limit are refused, and closing the server ends those that are open", async () => {
  const other = await startTestServer({ tailsMax: 1 });
  const headers = { authorization: `Bearer ${other.token}` };
  const first = await fetch(`${other.url}/api/v1/topics/orders/tail`, { headers });
  const second = await fetch(`${other.url}/api/v1/topics/orders/tail`, { headers });
  expect([second.status, ((await second.json()) as any).error.code]).toEqual([503, "MR-HTTP-008"]);
  await other.close();
  expect(await first.text()).toContain("event: cursor");
});
