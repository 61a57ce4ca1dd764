import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { logChecks, type LogUnderTest } from "./conformance.ts";
import type { LogDriver, Member } from "./driver.ts";
import { EmbeddedLog } from "./embedded/embedded-log.ts";
import { directPort } from "./embedded/port.ts";
import { LogService } from "./embedded/service.ts";

/** A fault that a driver might have, and a check that must see it. */
interface Fault {
  name: string;
  seenBy: string;
  broken: (log: LogDriver) => Partial<LogDriver>;
}

const brokenMember = (log: LogDriver, broken: (member: Member) => Partial<Member>): Partial<LogDriver> => ({
  join: async (request) => {
    const member = await log.join(request);
    return overlaid(member, broken(member));
  },
});

const faults: Fault[] = [
  { name: "lists topics as they come", seenBy: "topics are listed", broken: (log) => ({ topics: async () => (await log.topics()).reverse() }) },
  { name: "lets a topic change its shape", seenBy: "a topic keeps its shape", broken: (log) => ({ ensureTopic: (spec) => log.ensureTopic(spec).catch(() => undefined) }) },
  { name: "keeps dropped topics", seenBy: "a topic made anew", broken: () => ({ deleteTopic: async () => undefined }) },
  {
    name: "loses headers",
    seenBy: "a record comes back",
    broken: (log) => ({
      fetch: async (request) => {
        const found = await log.fetch(request);
        return { ...found, entries: found.entries.map((entry) => ({ ...entry, batch: entry.batch && { ...entry.batch, count: entry.batch.count, columns: entry.batch.columns, eventTime: entry.batch.eventTime, keys: entry.batch.keys, headers: undefined } })) };
      },
    }),
  },
  { name: "writes an append output by output", seenBy: "an append with one bad output", broken: (log) => ({ append: async ({ producer, outputs }) => ({ offsets: (await Promise.all(outputs.map((output) => log.append({ producer, outputs: [output] })))).flatMap(({ offsets }) => offsets) }) }) },
  { name: "shows an append before it is whole", seenBy: "a reader sees all", broken: (log) => ({ append: async ({ producer, outputs }) => ({ offsets: await inTurn(outputs, async (output) => (await log.append({ producer, outputs: [output] })).offsets[0]) }) }) },
  { name: "writes an append twice", seenBy: "appends that overlap", broken: (log) => ({ append: async (request) => (await log.append(request), log.append(request)) }) },
  { name: "ends a fetch at the first entry", seenBy: "a fetch stops near its bytes", broken: (log) => ({ fetch: async (request) => log.fetch({ ...request, bytesMax: 1 }) }) },
  { name: "does not wait", seenBy: "an empty fetch waits", broken: (log) => ({ fetch: (request) => log.fetch({ ...request, waitMs: 0 }) }) },
  { name: "begins at the next batch", seenBy: "reading begins at any offset", broken: (log) => ({ fetch: async (request) => withoutHalves(await log.fetch(request), request.partitions[0].offset) }) },
  { name: "jumps over what is gone", seenBy: "what retention removed", broken: (log) => ({ fetch: (request) => log.fetch(request).catch(() => ({ entries: [], ends: [] })) }) },
  { name: "finds times by the first record alone", seenBy: "the offset for a time", broken: (log) => ({ offsetForTime: async (topic, partition, time) => (time > 150 ? 0 : log.offsetForTime(topic, partition, time)) }) },
  { name: "forgets what stands beside positions", seenBy: "a member alone gets all", broken: (log) => ({ positions: async (group) => (await log.positions(group)).map(({ metadata: _, ...position }) => position) }) },
  { name: "takes a stale member's epoch for done", seenBy: "a stale member", broken: (log) => brokenMember(log, (member) => ({ commit: (epoch) => member.commit(epoch).catch(() => ({ offsets: [] })) })) },
  { name: "takes tasks away at once", seenBy: "a task moves only after", broken: (log) => ({ join: (request) => log.join({ ...request, onRevoked: async (tasks) => void request.onRevoked(tasks) }) }) },
  { name: "gives a task to two", seenBy: "more members than tasks", broken: (log) => ({ join: (request) => log.join({ ...request, group: `${request.group} of ${request.member}` }) }) },
  { name: "commits positions behind the outputs", seenBy: "an epoch is one", broken: (log) => brokenMember(log, (member) => ({ commit: async (epoch) => (await member.commit({ ...epoch, outputs: [] }), member.commit(epoch)) })) },
  { name: "goes on after a refused epoch", seenBy: "epochs that overlap", broken: (log) => brokenMember(log, (member) => ({ commit: (epoch) => member.commit({ ...epoch, outputs: epoch.outputs.filter(({ topic }) => topic !== "none") }) })) },
  { name: "restores the last entry alone", seenBy: "state comes back", broken: (log) => brokenMember(log, (member) => ({ restore: (task) => lastOf(member.restore(task)) })) },
  { name: "moves a group under its members", seenBy: "a group that is moved", broken: () => ({ seek: async () => undefined }) },
  { name: "counts unread topics as no lag", seenBy: "groups tell their members", broken: (log) => ({ groups: async () => (await log.groups()).map((group) => ({ ...group, lag: group.lag.slice(0, 1) })) }) },
];

for (const { name, seenBy, broken } of faults) {
  test(`a driver that ${name} does not pass`, async () => {
    const check = logChecks.find(({ title }) => title.startsWith(seenBy));
    if (!check) throw new Error(`no check begins with "${seenBy}"`);
    await withLog(undefined, (under) => check.run(under));
    await expect(withLog(broken, (under) => check.run(under))).rejects.toThrow();
  });
}

async function withLog(broken: Fault["broken"] | undefined, run: (under: LogUnderTest) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "mr-broken-"));
  const start = () => {
    const service = new LogService({ folder, returnMs: 5 });
    const log = new EmbeddedLog(directPort(service, { name: "test", reads: [], writes: [], admin: true }));
    return { service, log: broken ? overlaid<LogDriver>(log, broken(log)) : log };
  };
  let life = start();
  try {
    await run({
      log: life.log,
      dense: true,
      together: true,
      reopen: async () => {
        await life.log.close();
        await life.service.close();
        life = start();
        return life.log;
      },
      expire: (topic, partition, offset) => life.service.core.trim([[topic, partition, offset]]),
      close: async () => undefined,
    });
  } finally {
    await life.log.close();
    await life.service.close();
    rmSync(folder, { recursive: true });
  }
}

function overlaid<T extends object>(whole: T, over: Partial<T>): T {
  return new Proxy(whole, {
    get: (target, name) => {
      const value: unknown = Reflect.get(name in over ? over : target, name);
      return typeof value === "function" ? value.bind(name in over ? over : target) : value;
    },
  });
}

async function inTurn<T, R>(items: T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}

function withoutHalves(found: Awaited<ReturnType<LogDriver["fetch"]>>, offset: number): Awaited<ReturnType<LogDriver["fetch"]>> {
  return { ...found, entries: found.entries.filter((entry) => entry.offset >= offset) };
}

async function* lastOf<T>(items: AsyncIterable<T>): AsyncIterable<T> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  yield* all.slice(-1);
}
