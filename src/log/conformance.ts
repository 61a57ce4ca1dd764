import { expect, test } from "vitest";
import type { Batch, Header } from "../batch/batch.ts";
import { BatchBuilder } from "../batch/builder.ts";
import { headersAt, keyAt, rowReader } from "../batch/rows.ts";
import type { ErrorCode } from "../errors.ts";
import type { Column } from "../model/manifest.ts";
import type { AssignedTask, Entry, Epoch, GroupInfo, LogDriver, Member, Output, Position } from "./driver.ts";

/** A log of its own for one check. */
export interface LogUnderTest {
  log: LogDriver;
  /** Ends the log and opens it again from what it has stored. */
  reopen(): Promise<LogDriver>;
  /** Offsets have no gaps, and records can be counted by them. Absent: markers of the driver's own stand between records. */
  readonly dense?: true;
  /** All partitions of an append show at the same moment. Absent: each shows all of its part or nothing, one after the other. */
  readonly together?: true;
  /** Does what retention does: makes `offset` the first that can be read. Absent: the driver cannot be told to. */
  expire?(topic: string, partition: number, offset: number): Promise<void>;
  close(): Promise<void>;
}

type Capability = "dense" | "together" | "expire";

export interface LogCheck {
  title: string;
  needs?: Capability;
  run: (under: LogUnderTest) => Promise<void>;
}

/**
 * What every log driver must pass.
 *
 * @param open - an empty log; each check gets its own
 */
export function logConformance(label: string, open: () => Promise<LogUnderTest>): void {
  for (const { title, needs, run } of logChecks) {
    test(`${label}: ${title}`, async (context) => {
      const under = await open();
      try {
        if (needs && !under[needs]) return context.skip(`no ${needs}`);
        await run(under);
      } finally {
        await under.close();
      }
    });
  }
}

/** The checks one by one, for whoever wants to see them fail. */
export const logChecks: LogCheck[] = [];

function check(title: string, run: (under: LogUnderTest) => Promise<void>, needs?: Capability): void {
  logChecks.push({ title, run, needs });
}

// Topics

check("topics are listed by name in UTF-8 order, with their declarations", async ({ log }) => {
  for (const name of ["b", "\u{10000}", "\uffff", "a"]) await log.ensureTopic({ name, partitions: 2, key: "id", retentionMs: 1_000 });
  const topics = await log.topics();
  expect(topics.map(({ name }) => name)).toEqual(["a", "b", "\uffff", "\u{10000}"]);
  expect(topics[0]).toMatchObject({ name: "a", partitions: 2, key: "id", retentionMs: 1_000 });
  expect(topics[0].partitionInfo).toMatchObject([{ partition: 0, start: 0, end: 0, records: 0, bytes: 0 }, { partition: 1, start: 0, end: 0 }]);
});

check("a topic keeps its shape, and may change its retention", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 2, key: "id" });
  await log.ensureTopic({ name: "t", partitions: 2, key: "id", retentionMs: 5_000 });
  expect(await log.topic("t")).toMatchObject({ retentionMs: 5_000 });
  await fails("MR-LOG-010", log.ensureTopic({ name: "t", partitions: 3, key: "id" }));
  await fails("MR-LOG-010", log.ensureTopic({ name: "t", partitions: 2, key: "other" }));
});

check("of two shapes declared at once, one wins and the other is refused", async ({ log }) => {
  const outcomes = await Promise.allSettled([2, 3, 4].map((partitions) => log.ensureTopic({ name: "t", partitions })));
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  const { partitions, partitionInfo } = await log.topic("t");
  expect(partitionInfo).toHaveLength(partitions);
});

check("a partition count that is none is refused", async ({ log }) => {
  for (const partitions of [0, -1, 1.5, Number.NaN]) await fails("MR-LOG-004", log.ensureTopic({ name: "t", partitions }));
});

check("what is not there: topics, partitions", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 1 });
  await fails("MR-LOG-003", log.topic("u"));
  await fails("MR-LOG-003", log.append({ producer: "p", outputs: [output("u", 0, [1])] }));
  await fails("MR-LOG-004", log.append({ producer: "p", outputs: [output("t", 1, [1])] }));
  await fails("MR-LOG-004", log.append({ producer: "p", outputs: [output("t", -1, [1])] }));
  await fails("MR-LOG-003", fetchFrom(log, "u", 0, 0));
  await fails("MR-LOG-004", fetchFrom(log, "t", 7, 0));
  await fails("MR-LOG-003", log.offsetForTime("u", 0, 0));
  await log.deleteTopic("u");
});

check("a topic made anew under an old name is empty, also for groups that read the old one", async (under) => {
  let { log } = under;
  await log.ensureTopic({ name: "t", partitions: 1 });
  await log.append({ producer: "p", outputs: [output("t", 0, [1, 2, 3])] });
  const reader = await joined(log, { group: "g", member: "m", topics: ["t"] }, 1);
  await reader.member.commit({ tasks: [0], positions: [{ topic: "t", partition: 0, offset: 3 }], outputs: [] });
  await reader.member.leave();
  await log.deleteTopic("t");
  await fails("MR-LOG-003", log.topic("t"));
  await log.ensureTopic({ name: "t", partitions: 1 });
  await log.append({ producer: "p", outputs: [output("t", 0, [9])] });
  for (let i = 0; i < 2; i++) {
    expect(await log.positions("g")).toEqual([]);
    expect(ids(await readAll(log, "t", 0))).toEqual([9]);
    if (i === 0) log = await under.reopen();
  }
});

// Records

check("a record comes back as it went in: values, nulls, key, headers in order, event time", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 1, key: "id" });
  const builder = new BatchBuilder({ columns, key: "id", eventTime: "at", where: "test" });
  const headers: Header[] = [["b", "1"], ["a", "ü"], ["b", "2"], ["", ""]];
  const rows = [
    { id: 1, text: "", n: -0, at: "2024-02-29T12:00:00.123Z", flag: true, more: { a: [1, null] }, day: "2024-02-29" },
    { id: 9007199254740991, text: null, n: null, at: "1969-12-31T23:59:59.999Z", flag: null, more: null, day: null },
    { id: -5, text: "\u{1f600} \u0000 ünï", n: Number.MAX_VALUE, at: "2024-02-29T12:00:00.123Z", flag: false, more: "x", day: "0001-01-01" },
  ];
  builder.append(rows[0], 0, { headers });
  builder.append(rows[1], 0, { key: null });
  builder.append(rows[2], 0, { key: "another", eventTime: 17.5 });
  await log.append({ producer: "p", outputs: [{ topic: "t", partition: 0, batch: builder.finish() }] });
  const [entry] = (await fetchFrom(log, "t", 0, 0)).entries;
  const batch = entry.batch as Batch;
  const read = rowReader(batch);
  expect([0, 1, 2].map(read)).toEqual(rows);
  expect([0, 1, 2].map((i) => keyAt(batch, i))).toEqual(["1", null, "another"]);
  expect([0, 1, 2].map((i) => headersAt(batch, i))).toEqual([headers, [], []]);
  expect(Array.from(batch.eventTime.subarray(0, 3))).toEqual([Date.parse(rows[0].at), -1, 17.5]);
  expect(batch.columns.map(({ name, type }) => [name, type])).toEqual(columns.map(({ name, type }) => [name, type]));
});

check("a tombstone has a key and no values", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 1, key: "id", compact: true });
  const builder = new BatchBuilder({ columns, key: "id", where: "test" });
  builder.append(row(1), 5);
  builder.appendTombstone("1", 6);
  await log.append({ producer: "p", outputs: [{ topic: "t", partition: 0, batch: builder.finish() }] });
  const batch = (await fetchFrom(log, "t", 0, 0)).entries[0].batch as Batch;
  expect([0, 1].map((i) => keyAt(batch, i))).toEqual(["1", "1"]);
  expect(Array.from(batch.tombstones?.subarray(0, 2) ?? [])).toEqual([0, 1]);
  expect(rowReader(batch)(1)).toMatchObject({ id: null, text: null });
});

check("offsets grow by one a record, and each output learns its first", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 2 });
  await log.ensureTopic({ name: "u", partitions: 1 });
  const outputs = [output("t", 0, [1, 2]), output("u", 0, [3]), output("t", 1, [4]), output("t", 0, [5, 6, 7])];
  const appended = [await log.append({ producer: "p", outputs }), await log.append({ producer: "p", outputs })];
  expect(appended[0]).toEqual({ offsets: [0, 0, 0, 2] });
  for (const [i, { topic, partition, batch }] of outputs.entries()) {
    const own = Array.from({ length: batch?.count ?? 0 }, (_, n) => rowReader(batch as Batch)(n).id);
    for (const { offsets } of appended) {
      const { entries } = await fetchFrom(log, topic, partition, offsets[i]);
      expect(from(entries, offsets[i]).slice(0, own.length)).toEqual(own);
    }
    expect(appended[1].offsets[i]).toBeGreaterThan(appended[0].offsets[i]);
  }
  expect(ids(await readAll(log, "t", 0))).toEqual([1, 2, 5, 6, 7, 1, 2, 5, 6, 7]);
});

check("nothing but records has offsets", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 2 });
  await log.ensureTopic({ name: "u", partitions: 1 });
  const outputs = [output("t", 0, [1, 2]), output("u", 0, [3]), output("t", 1, [4]), output("t", 0, [5, 6, 7])];
  await log.append({ producer: "p", outputs });
  expect(await log.append({ producer: "p", outputs })).toEqual({ offsets: [5, 1, 1, 7] });
  const { partitionInfo } = await log.topic("t");
  expect(partitionInfo).toMatchObject([{ start: 0, end: 10, records: 10 }, { start: 0, end: 2, records: 2 }]);
}, "dense");

check("appends that overlap are each there once, in the order of the calls", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 1 });
  const results = await Promise.all(Array.from({ length: 300 }, (_, i) => log.append({ producer: "p", outputs: [output("t", 0, [i])] })));
  expect(results.map(({ offsets }) => offsets[0])).toEqual(Array.from({ length: 300 }, (_, i) => i));
  expect(ids(await readAll(log, "t", 0))).toEqual(Array.from({ length: 300 }, (_, i) => i));
});

check("an append with one bad output writes nothing, and does not hold up its neighbours", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 2 });
  const good = log.append({ producer: "p", outputs: [output("t", 0, [1])] });
  const bad = log.append({ producer: "p", outputs: [output("t", 0, [2]), output("t", 9, [2])] });
  const other = log.append({ producer: "p", outputs: [output("t", 0, [3]), output("t", 1, [3])] });
  await fails("MR-LOG-004", bad);
  await Promise.all([good, other]);
  expect(ids(await readAll(log, "t", 0))).toEqual([1, 3]);
  expect(ids(await readAll(log, "t", 1))).toEqual([3]);
});

check("a reader sees all of an append or nothing of it", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 3 });
  let writing = true;
  const writer = (async () => {
    for (let i = 0; i < 200; i++) await log.append({ producer: "p", outputs: [0, 1, 2].map((partition) => output("t", partition, [i])) });
    writing = false;
  })();
  // When the check fails first, what becomes of the writer does not matter.
  writer.catch(() => undefined);
  while (writing) {
    // A turn for the writer: a driver in the same process may answer without one.
    await new Promise((resolve) => setImmediate(resolve));
    const last = (await log.topic("t")).partitionInfo[2].end;
    for (const partition of [0, 1]) expect((await log.topic("t")).partitionInfo[partition].end).toBeGreaterThanOrEqual(last);
    const { ends } = await log.fetch({ partitions: [0, 1, 2].map((partition) => ({ topic: "t", partition, offset: 0 })), bytesMax: 1, waitMs: 0 });
    expect(new Set(ends.map(({ end }) => end)).size).toBe(1);
  }
  await writer;
}, "together");

check("a reader sees all of a partition's part of an append or nothing of it", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 2 });
  let writing = true;
  const writer = (async () => {
    for (let i = 0; i < 20; i++) await log.append({ producer: "p", outputs: [output("t", 0, [i]), output("t", 1, [i]), output("t", 0, [i])] });
    writing = false;
  })();
  writer.catch(() => undefined);
  for (let last = false; !last; ) {
    last = !writing;
    await new Promise((resolve) => setImmediate(resolve));
    const seen = ids(await readAll(log, "t", 0));
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, n) => Math.floor(n / 2)));
    expect(seen.length % 2).toBe(0);
    if (last) expect(seen).toHaveLength(40);
  }
  await writer;
});

check("an append of nothing, of an empty batch, of a marker", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 1 });
  expect(await log.append({ producer: "p", outputs: [] })).toEqual({ offsets: [] });
  await log.append({ producer: "p", outputs: [output("t", 0, [1])] });
  await log.append({ producer: "p", outputs: [output("t", 0, [])] });
  const mark = { lane: "s/0", watermark: -17.5, status: "idle" } as const;
  await log.append({ producer: "p", outputs: [{ topic: "t", partition: 0, mark }] });
  await log.append({ producer: "p", outputs: [{ ...output("t", 0, [2]), mark }] });
  const entries = await readAll(log, "t", 0);
  expect(ids(entries)).toEqual([1, 2]);
  expect(entries.filter((entry) => entry.mark).map((entry) => [entry.mark, entry.batch?.count])).toEqual([[mark, undefined], [mark, 1]]);
  for (const [i, entry] of entries.slice(1).entries()) expect(entry.offset).toBe(entries[i].next);
  expect((await log.topic("t")).partitionInfo[0]).toMatchObject({ end: entries.at(-1)?.next });
});

check("markers are not counted as records", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 1 });
  await log.append({ producer: "p", outputs: [output("t", 0, [1, 2]), { topic: "t", partition: 0, mark: { lane: "l", watermark: 1, status: "active" } }] });
  expect((await log.topic("t")).partitionInfo[0]).toMatchObject({ records: 2 });
}, "dense");

check("the highest event time of a partition is that of its records and of nothing else, where it is told", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 3 });
  const mark = { lane: "l", watermark: 900, status: "active" } as const;
  await log.append({ producer: "p", outputs: [output("t", 0, [1, 2], 77), ...[0, 1].map((partition) => ({ topic: "t", partition, mark }))] });
  const [first, ...rest] = (await log.topic("t")).partitionInfo.map(({ eventTimeMax }) => eventTimeMax);
  expect([77, undefined]).toContain(first);
  expect(rest).toEqual([undefined, undefined]);
});

check("a batch of 200,000 records and one of 20 MB stay whole", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 1 });
  await log.append({ producer: "p", outputs: [output("t", 0, Array.from({ length: 200_000 }, (_, i) => i))] });
  const builder = new BatchBuilder({ columns, where: "test" });
  const text = "0123456789abcdef".repeat(65_536);
  for (let i = 0; i < 20; i++) builder.append({ ...row(i), text: `${i}${text}` }, 0);
  expect(await log.append({ producer: "p", outputs: [{ topic: "t", partition: 0, batch: builder.finish() }] })).toEqual({ offsets: [200_000] });
  const [many, large] = await readAll(log, "t", 0);
  expect(many.batch?.count).toBe(200_000);
  expect(ids([many])[199_999]).toBe(199_999);
  expect(rowReader(large.batch as Batch)(19)).toMatchObject({ id: 19, text: `19${text}` });
});

// Reading

check("reading begins at any offset, also inside a batch", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 1 });
  for (let b = 0; b < 5; b++) await log.append({ producer: "p", outputs: [output("t", 0, Array.from({ length: 10 }, (_, i) => b * 10 + i))] });
  for (let offset = 0; offset <= 50; offset++) {
    const entries = (await fetchFrom(log, "t", 0, offset)).entries;
    expect(from(entries, offset)).toEqual(Array.from({ length: 50 - offset }, (_, i) => offset + i));
    if (entries.length > 0) expect(entries[0].offset).toBe(Math.floor(offset / 10) * 10);
  }
});

check("a fetch stops near its bytes, gives one entry at least, and says where the ends are", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 2 });
  for (let i = 0; i < 20; i++) await log.append({ producer: "p", outputs: [output("t", 0, Array.from({ length: 500 }, (_, n) => n))] });
  const small = await fetchFrom(log, "t", 0, 0, 1);
  expect(small.entries).toHaveLength(1);
  const some = await fetchFrom(log, "t", 0, 0, small.entries[0].bytes * 5);
  expect(some.entries.length).toBeGreaterThan(1);
  expect(some.entries.length).toBeLessThan(10);
  expect(some.ends).toEqual([{ topic: "t", partition: 0, end: 10_000 }]);
  expect((await readAll(log, "t", 0, 1)).length).toBe(20);
});

check("an empty fetch waits for its time and no longer, and a record wakes it", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 2 });
  const began = performance.now();
  expect((await fetchFrom(log, "t", 0, 0, 1_000, 60)).entries).toEqual([]);
  expect(performance.now() - began).toBeGreaterThanOrEqual(50);
  const waiting = log.fetch({ partitions: [0, 1].map((partition) => ({ topic: "t", partition, offset: 0 })), bytesMax: 1_000, waitMs: 30_000 });
  await log.append({ producer: "p", outputs: [output("t", 1, [7])] });
  expect(ids((await waiting).entries)).toEqual([7]);
});

check("a fetch past the end waits there; a signal ends the waiting", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 1 });
  const stop = new AbortController();
  const waiting = log.fetch({ partitions: [{ topic: "t", partition: 0, offset: 2 }], bytesMax: 1_000, waitMs: 30_000, signal: stop.signal });
  await log.append({ producer: "p", outputs: [output("t", 0, [1])] });
  stop.abort();
  expect((await waiting).entries).toEqual([]);
  const gone = await log.fetch({ partitions: [{ topic: "t", partition: 0, offset: 2 }], bytesMax: 1_000, waitMs: 30_000, signal: stop.signal });
  expect(gone.entries).toEqual([]);
});

check("the offset for a time is the first entry that reaches it", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 1 });
  expect(await log.offsetForTime("t", 0, 0)).toBe(0);
  for (const time of [100, 50, 200]) await log.append({ producer: "p", outputs: [output("t", 0, [time, time], time)] });
  await log.append({ producer: "p", outputs: [{ topic: "t", partition: 0, mark: { lane: "l", watermark: 900, status: "active" } }] });
  expect(await Promise.all([-1, 100, 101, 200, 201].map((time) => log.offsetForTime("t", 0, time)))).toEqual([0, 0, 4, 4, 7]);
});

check("what retention removed is an error that names the range, never a jump", async ({ log, expire }) => {
  await log.ensureTopic({ name: "t", partitions: 2 });
  for (let i = 0; i < 4; i++) await log.append({ producer: "p", outputs: [output("t", 0, [i * 2, i * 2 + 1])] });
  await expire?.("t", 0, 4);
  const error = await fails("MR-LOG-005", fetchFrom(log, "t", 0, 1));
  expect(error.message).toMatch(/1.*3/);
  expect(ids(await readAll(log, "t", 0, 1_000, 4))).toEqual([4, 5, 6, 7]);
  expect((await log.topic("t")).partitionInfo[0]).toMatchObject({ start: 4, end: 8, records: 4 });
  await fails("MR-LOG-005", log.fetch({ partitions: [{ topic: "t", partition: 1, offset: 0 }, { topic: "t", partition: 0, offset: 0 }], bytesMax: 1, waitMs: 0 }));
}, "expire");

check("everything is there again after a restart", async (under) => {
  let { log } = under;
  await log.ensureTopic({ name: "t", partitions: 2, key: "id", retentionMs: 9e9 });
  await log.append({ producer: "p", outputs: [output("t", 0, [1, 2], 77), output("t", 1, [3])] });
  const before = await log.topics();
  log = await under.reopen();
  expect(await log.topics()).toEqual(before);
  expect(ids(await readAll(log, "t", 0))).toEqual([1, 2]);
  expect((await log.append({ producer: "p", outputs: [output("t", 0, [4])] })).offsets).toEqual([before[0].partitionInfo[0].end]);
});

// Groups

check("a member alone gets all tasks, from the group's positions", async (under) => {
  let { log } = under;
  await log.ensureTopic({ name: "t", partitions: 3 });
  await log.ensureTopic({ name: "u", partitions: 2 });
  const first = await joined(log, { group: "g", member: "m1", topics: ["t", "u"] }, 3);
  expect(first.owned()).toEqual([0, 1, 2]);
  expect([...first.tasks.values()].flatMap(({ positions }) => positions)).toEqual([]);
  const positions: Position[] = [{ topic: "t", partition: 1, offset: 5, metadata: { lanes: ["a"], n: null } }, { topic: "u", partition: 1, offset: 2 }];
  await first.member.commit({ tasks: [1], positions, outputs: [] });
  expect(sorted(await log.positions("g"))).toEqual(positions);
  await first.member.leave();
  log = await under.reopen();
  const second = await joined(log, { group: "g", member: "m2", topics: ["t", "u"] }, 3);
  expect(second.tasks.get(0)?.positions).toEqual([]);
  expect(sorted(second.tasks.get(1)?.positions ?? [])).toEqual(positions);
  for (const task of [0, 1, 2]) expect(second.tasks.get(task)?.fence).toBeGreaterThan(first.tasks.get(task)?.fence as number);
});

check("tasks come after the join has resolved, so that whoever gets them can commit", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 1 });
  for (let n = 0; n < 20; n++) {
    let member: Member | undefined;
    const first = new Promise<Member | undefined>((resolve) => {
      const joining = log.join({ group: `g${n}`, member: "m", topics: ["t"], onAssigned: () => resolve(member), onRevoked: async () => undefined, onLost: () => undefined });
      joining.then((joined) => (member = joined), () => resolve(undefined));
    });
    expect(await first).toBeDefined();
  }
});

check("a source reads no topic and has as many tasks as it asks for", async ({ log }) => {
  const one = await joined(log, { group: "s1", member: "m", topics: [] }, 1);
  expect(one.owned()).toEqual([0]);
  const three = await joined(log, { group: "s3", member: "m", topics: [], tasks: 3 }, 3);
  await three.member.commit({ tasks: [2], positions: [{ topic: "s3", partition: 2, offset: 1, metadata: { page: "x" } }], outputs: [] });
  expect(await log.positions("s3")).toEqual([{ topic: "s3", partition: 2, offset: 1, metadata: { page: "x" } }]);
});

check("joining a group for a topic that does not exist is refused", async ({ log }) => {
  await fails("MR-LOG-003", log.join({ group: "g", member: "m", topics: ["t"], onAssigned: () => undefined, onRevoked: async () => undefined, onLost: () => undefined }));
});

check("tasks are shared evenly, and move no more than they must", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 7 });
  const members: Joined[] = [];
  for (let i = 0; i < 3; i++) {
    const before = new Map(members.flatMap((member) => member.owned().map((task) => [task, member.name] as const)));
    members.push(await joined(log, { group: "g", member: `m${i}`, topics: ["t"] }));
    await until(() => balanced(members, 7));
    const moved = members.slice(0, -1).flatMap((member) => member.owned().filter((task) => before.get(task) !== member.name));
    expect(moved).toEqual([]);
  }
  await members[1].member.leave();
  members.splice(1, 1);
  await until(() => balanced(members, 7));
});

check("more members than tasks: some wait, and take over at once", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 1 });
  const first = await joined(log, { group: "g", member: "m1", topics: ["t"] }, 1);
  const second = await joined(log, { group: "g", member: "m2", topics: ["t"] });
  // Epochs go to disk meanwhile: an assignment that should not be would have come.
  for (let n = 0; n < 5; n++) await first.member.commit({ tasks: [0], positions: [{ topic: "t", partition: 0, offset: n }], outputs: [output("t", 0, [n])] });
  expect(second.owned()).toEqual([]);
  await first.member.leave();
  await until(() => second.owned().length === 1);
});

check("a task moves only after its owner has let it go, with all that it committed", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 2 });
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const first = await joined(log, { group: "g", member: "m1", topics: ["t"] }, 2, () => released);
  const second = await joined(log, { group: "g", member: "m2", topics: ["t"] });
  await until(() => first.revoked.length === 1);
  const [task] = first.revoked;
  await first.member.commit({ tasks: [task], positions: [{ topic: "t", partition: task, offset: 11 }], outputs: [] });
  expect(second.owned()).toEqual([]);
  release();
  await until(() => second.owned().length === 1);
  expect(second.owned()).toEqual([task]);
  expect(second.tasks.get(task)?.positions).toEqual([{ topic: "t", partition: task, offset: 11 }]);
});

check("an epoch is one: outputs, positions and state, or nothing", async (under) => {
  let { log } = under;
  await log.ensureTopic({ name: "in", partitions: 2 });
  await log.ensureTopic({ name: "out", partitions: 1 });
  const { member } = await joined(log, { group: "g", member: "m", topics: ["in"] }, 2);
  const epoch = (n: number): Epoch => ({
    tasks: [0, 1],
    positions: [0, 1].map((partition) => ({ topic: "in", partition, offset: n })),
    outputs: [output("out", 0, [n])],
    state: [{ task: 0, kind: "delta", bytes: bytes(`d${n}`) }],
  });
  expect(await member.commit(epoch(1))).toEqual({ offsets: [0] });
  await fails("MR-LOG-004", member.commit({ ...epoch(2), outputs: [output("out", 0, [2]), output("out", 5, [2])] }));
  log = await under.reopen();
  expect(ids(await readAll(log, "out", 0))).toEqual([1]);
  expect(sorted(await log.positions("g"))).toEqual(epoch(1).positions);
  const again = await joined(log, { group: "g", member: "m2", topics: ["in"] }, 2);
  expect(await stateOf(again.member, 0)).toEqual(["delta d1"]);
});

check("epochs that overlap are committed in order; after one that is refused, so are the later ones", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 1 });
  const { member } = await joined(log, { group: "g", member: "m", topics: ["t"] }, 1);
  const epoch = (n: number, topic = "t"): Epoch => ({ tasks: [0], positions: [{ topic: "t", partition: 0, offset: n }], outputs: [output(topic, 0, [n])] });
  const many = Array.from({ length: 150 }, (_, n) => member.commit(epoch(n)));
  const offsets = (await Promise.all(many)).map((done) => done.offsets[0]);
  expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
  const after = await Promise.allSettled([member.commit(epoch(150)), member.commit(epoch(151, "none")), member.commit(epoch(152)), member.commit(epoch(153))]);
  expect(after.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "rejected"]);
  await fails("MR-LOG-011", member.commit(epoch(154)));
  expect(ids(await readAll(log, "t", 0))).toEqual(Array.from({ length: 151 }, (_, n) => n));
  expect(await log.positions("g")).toMatchObject([{ offset: 150 }]);
});

check("a group's very first epoch may be refused, and nothing slips in behind it", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 1 });
  const { member } = await joined(log, { group: "g", member: "m", topics: ["t"] }, 1);
  const bad = member.commit({ tasks: [0], positions: [{ topic: "t", partition: 0, offset: 1 }], outputs: [output("none", 0, [1])] });
  const next = member.commit({ tasks: [0], positions: [{ topic: "t", partition: 0, offset: 2 }], outputs: [output("t", 0, [2])] });
  await fails("MR-LOG-003", bad);
  await fails("MR-LOG-011", next);
  expect(await log.positions("g")).toEqual([]);
});

check("a member that starts anew under its old name is no echo of itself", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 1 });
  for (let life = 0; life < 3; life++) {
    const { member } = await joined(log, { group: "g", member: "same", topics: ["t"] }, 1);
    for (let n = 0; n < 2; n++) await member.commit({ tasks: [0], positions: [], outputs: [output("t", 0, [life * 2 + n])] });
    await member.leave();
  }
  expect(ids(await readAll(log, "t", 0))).toEqual([0, 1, 2, 3, 4, 5]);
});

check("a stale member's epoch is refused whole", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 2 });
  const stale = await joined(log, { group: "g", member: "m1", topics: ["t"] }, 2);
  await stale.member.leave();
  const owner = await joined(log, { group: "g", member: "m2", topics: ["t"] }, 2);
  await fails("MR-LOG-006", stale.member.commit({ tasks: [0], positions: [{ topic: "t", partition: 0, offset: 9 }], outputs: [output("t", 0, [9])] }));
  expect(await readAll(log, "t", 0)).toEqual([]);
  expect(await log.positions("g")).toEqual([]);
  await owner.member.commit({ tasks: [0, 1], positions: [{ topic: "t", partition: 0, offset: 0 }], outputs: [] });
});

check("nobody commits for a task that is not theirs, or for none", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 2 });
  const first = await joined(log, { group: "g", member: "m1", topics: ["t"] }, 2);
  const second = await joined(log, { group: "g", member: "m2", topics: ["t"] });
  await until(() => balanced([first, second], 2));
  const [foreign] = first.owned();
  await fails("MR-LOG-006", second.member.commit({ tasks: [foreign, ...second.owned()], positions: [], outputs: [] }));
  const third = await joined(log, { group: "h", member: "m1", topics: ["t"] }, 2);
  await fails("MR-LOG-011", third.member.commit({ tasks: [], positions: [{ topic: "t", partition: 0, offset: 1 }], outputs: [] }));
});

check("state comes back as the last snapshot and what follows it, task by task", async (under) => {
  let { log } = under;
  await log.ensureTopic({ name: "t", partitions: 2 });
  const { member } = await joined(log, { group: "g", member: "m", topics: ["t"] }, 2);
  expect(await stateOf(member, 0)).toEqual([]);
  const commit = (task: number, kind: "snapshot" | "delta", text: string) => member.commit({ tasks: [task], positions: [], outputs: [output("t", task, [1])], state: [{ task, kind, bytes: bytes(text) }] });
  await commit(0, "delta", "a");
  await commit(0, "delta", "b");
  await commit(1, "snapshot", "x");
  expect(await stateOf(member, 0)).toEqual(["delta a", "delta b"]);
  await commit(0, "snapshot", "ab");
  await commit(0, "delta", "c");
  await commit(0, "delta", "");
  const all = { 0: ["snapshot ab", "delta c", "delta "], 1: ["snapshot x"] };
  expect({ 0: await stateOf(member, 0), 1: await stateOf(member, 1) }).toEqual(all);
  await member.leave();
  log = await under.reopen();
  const again = await joined(log, { group: "g", member: "m2", topics: ["t"] }, 2);
  expect({ 0: await stateOf(again.member, 0), 1: await stateOf(again.member, 1) }).toEqual(all);
});

check("a snapshot behind its delta says the same as the deltas, whichever of them comes back", async (under) => {
  let { log } = under;
  await log.ensureTopic({ name: "t", partitions: 2 });
  const { member } = await joined(log, { group: "g", member: "m", topics: ["t"] }, 2);
  const delta = (task: number, text: string) => ({ task, kind: "delta" as const, bytes: bytes(text) });
  const commit = (...state: NonNullable<Epoch["state"]>) => member.commit({ tasks: [0, 1], positions: [], outputs: [], state });
  await commit(delta(0, "a"), delta(1, "x"));
  await Promise.all([commit(delta(0, "b"), { task: 0, kind: "snapshot", bytes: bytes("ab") }, delta(1, "y")), commit(delta(0, "c"), delta(1, "z"), { task: 1, kind: "snapshot", bytes: bytes("xyz") })]);
  await commit(delta(0, "d"));
  expect([await foldedState(member, 0), await foldedState(member, 1)]).toEqual(["abcd", "xyz"]);
  await member.leave();
  log = await under.reopen();
  const again = await joined(log, { group: "g", member: "m2", topics: ["t"] }, 2);
  expect([await foldedState(again.member, 0), await foldedState(again.member, 1)]).toEqual(["abcd", "xyz"]);
});

check("a group that is moved starts again from there, and nothing of before lands behind it", async ({ log }) => {
  await log.ensureTopic({ name: "t", partitions: 2 });
  const member = await joined(log, { group: "g", member: "m", topics: ["t"] }, 2);
  await member.member.commit({ tasks: [0, 1], positions: [0, 1].map((partition) => ({ topic: "t", partition, offset: 5 })), outputs: [] });
  await log.seek("g", [{ topic: "t", partition: 0, offset: 1 }]);
  await fails("MR-LOG-006", member.member.commit({ tasks: [0], positions: [{ topic: "t", partition: 0, offset: 6 }], outputs: [] }));
  await until(() => member.lost.length === 1);
  const again = await joined(log, { group: "g", member: "m", topics: ["t"] }, 2);
  expect(again.tasks.get(0)?.positions).toEqual([{ topic: "t", partition: 0, offset: 1 }]);
  expect(again.tasks.get(1)?.positions).toEqual([{ topic: "t", partition: 1, offset: 5 }]);
  await fails("MR-LOG-003", log.seek("g", [{ topic: "none", partition: 0, offset: 1 }]));
  await fails("MR-LOG-011", log.seek("g", [{ topic: "t", partition: 0, offset: -1 }]));
  await log.seek("fresh", [{ topic: "t", partition: 1, offset: 3 }]);
  expect(await log.positions("fresh")).toEqual([{ topic: "t", partition: 1, offset: 3 }]);
});

check("groups tell their members, positions and lag; what was never read is lag", async ({ log }) => {
  const { commit, info } = await readTo2(log);
  expect(await info()).toMatchObject({ members: [{ member: "m", tasks: [0, 1] }], positions: [{ topic: "t", partition: 0, offset: 2 }] });
  for (const { records } of (await info())?.lag ?? []) expect(records).toBeGreaterThan(0);
  const nexts = await Promise.all([0, 1].map(async (partition) => ({ topic: "t", partition, offset: (await readAll(log, "t", partition)).at(-1)?.next ?? -1 })));
  await commit(nexts);
  expect(sorted((await info())?.lag ?? [])).toEqual([{ topic: "t", partition: 0, records: 0 }, { topic: "t", partition: 1, records: 0 }]);
});

check("lag is counted in records", async ({ log }) => {
  const { info } = await readTo2(log);
  expect(sorted((await info())?.lag ?? [])).toEqual([{ topic: "t", partition: 0, records: 1 }, { topic: "t", partition: 1, records: 1 }]);
}, "dense");

check("members that come and go at random pass every record on once, in order", async ({ log }) => {
  const partitions = 6;
  const records = 60;
  await log.ensureTopic({ name: "in", partitions });
  await log.ensureTopic({ name: "out", partitions });
  for (let n = 0; n < records; n++) await log.append({ producer: "p", outputs: Array.from({ length: partitions }, (_, p) => output("in", p, [n])) });
  const random = seeded(42);
  const copiers: Copier[] = [];
  let started = 0;
  const copied = async (): Promise<number[][]> => Promise.all(Array.from({ length: partitions }, async (_, p) => ids(await readAll(log, "out", p))));
  const done = async (): Promise<boolean> => (await log.topic("out")).partitionInfo.every(({ end }) => end >= records) && (await copied()).every(({ length }) => length >= records);
  while (!(await done())) {
    if (copiers.length < 1 + Math.floor(random() * 4)) copiers.push(await startCopier(log, `m${started++}`));
    else if (random() < 0.5) await copiers.splice(Math.floor(random() * copiers.length), 1)[0].stop(random() < 0.5);
    await new Promise((resolve) => setTimeout(resolve, random() * 15));
  }
  for (const copier of copiers) await copier.stop(true);
  for (const seen of await copied()) expect(seen).toEqual(Array.from({ length: records }, (_, n) => n));
  const positions = sorted(await log.positions("copy"));
  expect(positions.map(({ topic, partition }) => [topic, partition])).toEqual(Array.from({ length: partitions }, (_, p) => ["in", p]));
  for (const { partition, offset } of positions) expect(from(await readAll(log, "in", partition, 1_000, offset), offset)).toEqual([]);
});

// What the checks share

const columns: Column[] = [
  { name: "id", type: "integer", nullable: false },
  { name: "text", type: "string", nullable: true },
  { name: "n", type: "number", nullable: true },
  { name: "at", type: "timestamp", nullable: true },
  { name: "flag", type: "boolean", nullable: true },
  { name: "more", type: "json", nullable: true },
  { name: "day", type: "date", nullable: true },
];

const row = (id: number): object => ({ id, text: `r${id}` });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function output(topic: string, partition: number, idsOf: number[], eventTime = 1_000): Output {
  const builder = new BatchBuilder({ columns, where: "test" });
  for (const id of idsOf) builder.append(row(id), eventTime);
  return { topic, partition, batch: builder.finish() };
}

const fetchFrom = (log: LogDriver, topic: string, partition: number, offset: number, bytesMax = 100_000_000, waitMs = 0) => log.fetch({ partitions: [{ topic, partition, offset }], bytesMax, waitMs });

async function readAll(log: LogDriver, topic: string, partition: number, bytesMax = 100_000_000, offset = 0): Promise<Entry[]> {
  const all: Entry[] = [];
  for (;;) {
    const { entries } = await fetchFrom(log, topic, partition, offset, bytesMax);
    if (entries.length === 0) return all;
    all.push(...entries);
    offset = entries[entries.length - 1].next;
  }
}

function ids(entries: Entry[]): number[] {
  return entries.flatMap(({ batch }) => (batch ? Array.from({ length: batch.count }, (_, i) => rowReader(batch)(i).id as number) : []));
}

/** The records at or after `offset`. */
function from(entries: Entry[], offset: number): number[] {
  return entries.flatMap((entry) => ids([entry]).slice(Math.max(0, offset - entry.offset)));
}

const sorted = <P extends { topic: string; partition: number }>(positions: P[]): P[] => [...positions].sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1));

/** The state as a stage would have it: texts that deltas add to, and snapshots replace. */
async function foldedState(member: Member, task: number): Promise<string> {
  let state = "";
  for await (const { kind, bytes: text } of member.restore(task)) state = (kind === "snapshot" ? "" : state) + new TextDecoder().decode(text);
  return state;
}

async function stateOf(member: Member, task: number): Promise<string[]> {
  const state: string[] = [];
  for await (const { kind, bytes: text } of member.restore(task)) state.push(`${kind} ${new TextDecoder().decode(text)}`);
  return state;
}

async function fails(code: ErrorCode, call: Promise<unknown>): Promise<Error> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error, `should fail with ${code}`).toMatchObject({ code });
  return error as Error;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 50_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`never held: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

interface Joined {
  name: string;
  member: Member;
  tasks: Map<number, AssignedTask>;
  revoked: number[];
  lost: Error[];
  owned(): number[];
}

/** Joins, and waits until the member has `count` tasks. */
async function joined(log: LogDriver, request: { group: string; member: string; topics: string[]; tasks?: number }, count = 0, onRevoked?: () => Promise<void>): Promise<Joined> {
  const tasks = new Map<number, AssignedTask>();
  const revoked: number[] = [];
  const lost: Error[] = [];
  const member = await log.join({
    ...request,
    onAssigned: (assigned) => {
      for (const task of assigned) tasks.set(task.task, task);
    },
    onRevoked: async (numbers) => {
      revoked.push(...numbers);
      await onRevoked?.();
      for (const task of numbers) tasks.delete(task);
    },
    onLost: (error) => {
      lost.push(error);
      tasks.clear();
    },
  });
  await until(() => tasks.size >= count);
  return { name: request.member, member, tasks, revoked, lost, owned: () => [...tasks.keys()].sort((a, b) => a - b) };
}

function balanced(members: Joined[], tasks: number): boolean {
  const shares = members.map((member) => member.owned());
  const all = shares.flat().sort((a, b) => a - b);
  const sizes = shares.map(({ length }) => length);
  return all.length === tasks && all.every((task, i) => task === i) && Math.max(...sizes) - Math.min(...sizes) <= 1;
}

interface Copier {
  /** `politely`: leaves the group. Otherwise it goes on with what it was doing, as a process does that everyone takes for dead. */
  stop(politely: boolean): Promise<void>;
}

/** Copies `in` to `out`, a record an epoch, with all tasks that it is given. */
async function startCopier(log: LogDriver, name: string): Promise<Copier> {
  const stops = new Map<number, AbortController>();
  const loops = new Map<number, Promise<void>>();
  let member: Member | undefined;
  const copy = async ({ task, positions }: AssignedTask, signal: AbortSignal): Promise<void> => {
    let offset = positions[0]?.offset ?? 0;
    while (!signal.aborted) {
      const { entries } = await log.fetch({ partitions: [{ topic: "in", partition: task, offset }], bytesMax: 1, waitMs: 20, signal });
      if (!member || entries.length === 0 || signal.aborted) continue;
      const position = { topic: "in", partition: task, offset: entries[0].next };
      await member.commit({ tasks: [task], positions: [position], outputs: [{ topic: "out", partition: task, batch: entries[0].batch }] });
      offset = position.offset;
    }
  };
  const start = (task: AssignedTask): void => {
    const stop = new AbortController();
    stops.set(task.task, stop);
    // A refused epoch ends the loop: the task has another owner, or the member is out.
    loops.set(task.task, copy(task, stop.signal).catch(() => undefined));
  };
  const halt = async (tasks: number[]): Promise<void> => {
    for (const task of tasks) stops.get(task)?.abort();
    await Promise.all(tasks.map((task) => loops.get(task)));
  };
  member = await log.join({
    group: "copy",
    member: name,
    topics: ["in"],
    onAssigned: (tasks) => tasks.forEach(start),
    onRevoked: halt,
    onLost: () => void halt([...stops.keys()]),
  });
  return {
    stop: async (politely) => {
      if (politely) await halt([...stops.keys()]);
      await member.leave();
      await halt([...stops.keys()]);
    },
  };
}

/** A group that has read two of the three records in one partition, and nothing of the one record and the marker in the other. */
async function readTo2(log: LogDriver): Promise<{ commit(positions: Position[]): Promise<unknown>; info(): Promise<GroupInfo | undefined> }> {
  await log.ensureTopic({ name: "t", partitions: 2 });
  await log.append({ producer: "p", outputs: [output("t", 0, [1, 2, 3]), output("t", 1, [4]), { topic: "t", partition: 1, mark: { lane: "l", watermark: 1, status: "active" } }] });
  const { member } = await joined(log, { group: "g", member: "m", topics: ["t"] }, 2);
  await member.commit({ tasks: [0], positions: [{ topic: "t", partition: 0, offset: 2 }], outputs: [] });
  return {
    commit: (positions) => member.commit({ tasks: [0, 1], positions, outputs: [] }),
    info: async () => (await log.groups()).find(({ group }) => group === "g"),
  };
}

function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
