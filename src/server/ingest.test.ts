import { afterAll, beforeAll, expect, test } from "vitest";
import { partitionFor } from "../batch/partition.ts";
import { MillraceError } from "../errors.ts";
import type { LogDriver } from "../log/driver.ts";
import { order, startTestServer, type TestServer } from "../../test/support/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const post = (body: unknown, headers?: Record<string, string>, source = "orders-intake") => server.call("POST", `/ingest/${source}`, body, headers);

async function stored(topic: string): Promise<any[]> {
  const { body } = await server.call("GET", `/api/v1/topics/${topic}/records?limit=1000`);
  return body.records;
}

test("one record is on disk, in the partition of its key, when the answer comes", async () => {
  const answer = await post(order("one", { customer: "ada" }));
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ accepted: 1, rejectedCount: 0, rejected: [] });
  const found = (await stored("orders")).find(({ value }) => value.id === "one");
  expect(found).toMatchObject({ key: "ada", partition: partitionFor("ada", 4), eventTime: "2026-01-02T03:04:05.000Z", value: order("one", { customer: "ada" }) });
});

test("an array goes in with one append", async () => {
  const before = (await Promise.all([0, 1, 2].map((p) => server.entries("events", p)))).flat().filter(({ batch }) => batch).length;
  const answer = await post(Array.from({ length: 500 }, (_, n) => ({ n })), undefined, "events-intake");
  expect(answer.body.accepted).toBe(500);
  const after = (await Promise.all([0, 1, 2].map((p) => server.entries("events", p)))).flat().filter(({ batch }) => batch).length;
  expect(after).toBe(before + 1);
});

test("records without a key take turns over the partitions, request by request", async () => {
  for (let n = 0; n < 6; n++) await post({ n }, undefined, "small-intake");
  const partitions = new Set((await stored("events")).slice(-6).map(({ partition }) => partition));
  expect(partitions).toEqual(new Set([0, 1, 2]));
});

test("records that arrive together share a batch, and each caller gets its own answer", async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => post(n % 10 === 3 ? { id: n } : order(`t${n}`))));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(45);
  expect(answers.filter(({ status }) => status === 400)).toHaveLength(5);
  expect((await stored("orders")).filter(({ value }) => value.id.startsWith("t"))).toHaveLength(45);
});

test("a record that breaks the schema names field and rule", async () => {
  const answer = await post(order("bad", { amount: "12" }));
  expect(answer.status).toBe(400);
  expect(answer.body.error).toMatchObject({ code: "MR-DATA-001", retryable: false });
  expect(answer.body.error.what).toContain('field "amount"');
  expect(answer.body.error.what).toContain('rule "type"');
  expect(answer.body.rejected).toEqual([{ index: 0, violations: [expect.objectContaining({ field: "amount", rule: "type" })] }]);
});

test.each([
  ["no object", 5, "", "type"],
  ["null", null, "", "type"],
  ["a missing field", { id: "x", customer: "c", at: "2026-01-01T00:00:00Z" }, "amount", "required"],
  ["an unknown field", order("x", { colour: "red" }), "colour", "additionalProperties"],
  ["a fraction for a whole number", order("x", { quantity: 1.5 }), "quantity", "type"],
  ["a timestamp without offset", order("x", { at: "2026-01-01T00:00:00" }), "at", "format"],
  ["a day that does not exist", order("x", { at: "2026-02-30T00:00:00Z" }), "at", "format"],
  ["an integer that no number holds", order("x", { quantity: 2 ** 60 }), "quantity", "type"],
])("refuses %s", async (_title, record, field, rule) => {
  const answer = await post(JSON.stringify(record));
  expect(answer.status).toBe(400);
  expect(answer.body.rejected[0].violations).toEqual(expect.arrayContaining([expect.objectContaining({ field, rule })]));
});

test("in a batch the good ones go in, and the answer lists the bad", async () => {
  const answer = await post([order("g1"), order("b1", { amount: null }), order("g2"), 7]);
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({ accepted: 2, rejectedCount: 2 });
  expect(answer.body.rejected.map(({ index }: { index: number }) => index)).toEqual([1, 3]);
  const ids = (await stored("orders")).map(({ value }) => value.id);
  expect(ids).toEqual(expect.arrayContaining(["g1", "g2"]));
  expect(ids).not.toContain("b1");
});

test("a batch of which nothing fits is an error that lists all", async () => {
  const answer = await post([{}, {}]);
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({ error: { code: "MR-DATA-001" }, accepted: 0, rejectedCount: 2 });
});

test("an empty array is nothing to do", async () => {
  const answer = await post([]);
  expect([answer.status, answer.body.accepted]).toEqual([200, 0]);
});

test("JSON lines: a broken line does not spoil the others", async () => {
  const lines = [JSON.stringify(order("l1")), "", '{"id":', '{"id":"x","id":"y"}', JSON.stringify(order("l2")), "   "].join("\r\n");
  const answer = await post(lines, { "content-type": "application/x-ndjson" });
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({ accepted: 2, rejectedCount: 2 });
  expect(answer.body.rejected.map(({ index }: { index: number }) => index)).toEqual([1, 2]);
  expect(answer.body.rejected[0].violations[0]).toMatchObject({ rule: "json" });
  expect(answer.body.rejected[0].violations[0].message).toContain("line 3 of the body, line 1, column 7");
});

test("JSON lines without any record are refused", async () => {
  const answer = await post("\n\n", { "content-type": "application/x-ndjson" });
  expect([answer.status, answer.body.error.code]).toEqual([400, "MR-HTTP-003"]);
});

test.each([
  ["broken JSON", '{"id":"x",}', "line 1, column 11"],
  ["nothing", "", "line 1, column 1"],
  ["__proto__", '{"__proto__":{"admin":true}}', "line 1, column 2"],
  ["a field twice", '{"id":"a","id":"b"}', "line 1, column 11"],
  ["infinite numbers", '{"id":1e400}', "line 1, column 7"],
  ["half a surrogate pair", '{"id":"\\ud800"}', "line 1, column 7"],
  ["nesting without end", `{"extra":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, "line 1, column 74"],
])("%s is refused with its place", async (_title, body, place) => {
  const answer = await post(body);
  expect([answer.status, answer.body?.error.code]).toEqual([400, "MR-HTTP-003"]);
  expect(answer.body.error.where).toContain(place);
});

test("an object that names a prototype's constructor pollutes nothing", async () => {
  const answer = await post('{"constructor":{"prototype":{"polluted":true}}}');
  expect(answer.status).toBe(400);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test.each([
  ["text/plain", "x", "MR-HTTP-002"],
  ["application/xml", "<a/>", "MR-HTTP-002"],
  ["application/json; charset=utf-16", "{}", "MR-HTTP-002"],
])("content type %s is refused", async (type, body, code) => {
  const answer = await post(body, { "content-type": type });
  expect([answer.status, answer.body.error.code]).toEqual([415, code]);
});

test("a compressed body is refused, however small it is", async () => {
  const answer = await post("{}", { "content-encoding": "gzip" });
  expect([answer.status, answer.body.error.code]).toEqual([415, "MR-HTTP-002"]);
});

test("a record of 10 MB is refused, and so is a body above the limit; the server lives", async () => {
  const record = await post(order("huge", { note: "x".repeat(10 * 1024 * 1024) }));
  expect([record.status, record.body.error.code]).toEqual([413, "MR-HTTP-004"]);
  const tooLongForOne = await post(order("large", { note: "x".repeat(2 * 1024 * 1024) }));
  expect([tooLongForOne.status, tooLongForOne.body.error.code]).toEqual([413, "MR-HTTP-004"]);
  expect((await post(order("after"))).status).toBe(200);
});

test("in an array only the record that is too large is turned away", async () => {
  const answer = await post([order("s1"), order("s2", { note: "x".repeat(1_200_000) })]);
  expect(answer.body).toMatchObject({ accepted: 1, rejected: [{ index: 1, violations: [{ rule: "maxBytes" }] }] });
});

test("a source keeps the limits that it declares", async () => {
  const large = await post(`{"n":1${" ".repeat(100)}}`, undefined, "small-intake");
  expect([large.status, large.body.error.what]).toEqual([413, expect.stringContaining("64 are the most")]);
  const many = await post(Array.from({ length: 100 }, (_, n) => ({ n })), undefined, "small-intake");
  expect([many.status, many.body.error.what]).toEqual([413, expect.stringContaining("256 are the most")]);
});

test("too many records are refused before they are looked at", async () => {
  const answer = await post(`[${"1,".repeat(50_000)}1]`);
  expect([answer.status, answer.body.error.code]).toEqual([413, "MR-HTTP-004"]);
});

test("an unknown source is told the known ones, and the nearest", async () => {
  const answer = await post({}, undefined, "order-intake");
  expect([answer.status, answer.body.error.code]).toEqual([404, "MR-HTTP-005"]);
  expect(answer.body.error.mend).toContain('did you mean "orders-intake"');
  expect(answer.body.error.mend).toContain('"events-intake"');
});

test("a stage that is no HTTP source takes nothing", async () => {
  for (const name of ["branch", "__proto__", "constructor", "toString"]) expect((await post({}, undefined, name)).status, name).toBeGreaterThanOrEqual(400);
});

test("a paused source says so, and takes records again when resumed", async () => {
  await server.call("POST", "/api/v1/stages/orders-intake/pause", { reason: "the shop is closed" });
  const answer = await post(order("p"));
  expect([answer.status, answer.body.error.code, answer.headers.get("retry-after")]).toEqual([503, "MR-HTTP-008", "1"]);
  expect(answer.body.error.what).toContain("the shop is closed");
  await server.call("POST", "/api/v1/stages/orders-intake/resume");
  expect((await post(order("p"))).status).toBe(200);
});

test("a topic of a new release is written as that release has it", async () => {
  const before = server.control.current;
  const orders = before.topics.orders;
  const schema = { ...orders.schema, properties: { ...(orders.schema.properties as object), colour: { type: "string" } } };
  const changed = { ...orders, schema, columns: [...orders.columns, { name: "colour", type: "string" as const, nullable: true, optional: true }] };
  server.control.current = { ...before, topics: { ...before.topics, orders: changed } };
  try {
    expect((await post(order("n", { colour: "red" }))).status).toBe(200);
    expect((await stored("orders")).at(-1).value.colour ?? (await stored("orders")).find(({ value }) => value.id === "n").value.colour).toBe("red");
  } finally {
    server.control.current = before;
  }
});

async function withLog(wrapLog: (log: LogDriver) => LogDriver, body: (server: TestServer) => Promise<void>): Promise<void> {
  const other = await startTestServer({ wrapLog });
  try {
    await body(other);
  } finally {
    await other.close();
  }
}

/** The log, but appends go through `append`. */
const appending = (append: (log: LogDriver, request: Parameters<LogDriver["append"]>[0]) => ReturnType<LogDriver["append"]>) => (log: LogDriver) =>
  new Proxy(log, { get: (target, name) => (name === "append" ? (request: any) => append(target, request) : typeof (target as any)[name] === "function" ? (target as any)[name].bind(target) : (target as any)[name]) });

test.each([
  ["MR-LOG-007", false, 507, null],
  ["MR-LOG-009", true, 503, "1"],
] as const)("the log's %s reaches the caller", async (code, retryable, status, retryAfter) => {
  await withLog(
    appending(async () => {
      throw new MillraceError(code, { what: "no", where: "the disk", mend: "free some", retryable });
    }),
    async (other) => {
      const answer = await other.call("POST", "/ingest/orders-intake", order("x"));
      expect([answer.status, answer.body.error.code, answer.headers.get("retry-after")]).toEqual([status, code, retryAfter]);
    },
  );
});

test("a log that was restarted knows that a record is stored, not where", async () => {
  await withLog(
    appending(async (log, request) => {
      await log.append(request);
      return { offsets: [] };
    }),
    async (other) => {
      const answer = await other.call("POST", "/api/v1/topics/events/records", { value: { n: 1 } });
      expect([answer.status, answer.body.accepted]).toEqual([200, [{ index: 0, partition: 1, offset: null }]]);
    },
  );
});

test("an error that nobody foresaw tells the caller nothing of itself", async () => {
  await withLog(
    appending(async () => {
      throw new Error("secret at /var/lib/x");
    }),
    async (other) => {
      const answer = await other.call("POST", "/ingest/orders-intake", order("x"));
      expect([answer.status, answer.body.error.code]).toEqual([500, "MR-INTERNAL-001"]);
      expect(answer.text).not.toContain("secret");
      expect(other.logged.join("")).toContain("secret at /var/lib/x");
    },
  );
});

test("when the disk falls behind, posts are turned away instead of filling the memory", async () => {
  const blocked = Promise.withResolvers<void>();
  const note = "x".repeat(900_000);
  await withLog(
    appending(async (log, request) => {
      await blocked.promise;
      return log.append(request);
    }),
    async (other) => {
      const posts = Array.from({ length: 90 }, (_, n) => other.call("POST", "/ingest/orders-intake", order(`w${n}`, { note })));
      const early = await Promise.race(posts);
      expect([early.status, early.body.error.code]).toEqual([503, "MR-HTTP-008"]);
      blocked.resolve();
      const statuses = (await Promise.all(posts)).map(({ status }) => status);
      expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(60);
      expect(new Set(statuses)).toEqual(new Set([200, 503]));
    },
  );
});
