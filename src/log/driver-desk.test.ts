import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { BatchBuilder } from "../batch/builder.ts";
import type { AssignedTask, Entry, LogDriver } from "./driver.ts";
import { driverDesks } from "./driver-desk.ts";
import { behindDesks, secret } from "./driver-desk-for-tests.ts";
import { type Grant, signGrant } from "./embedded/access.ts";
import { socketPort } from "./embedded/port.ts";
import { serveLog } from "./embedded/server.ts";

const records = (...numbers: number[]) => {
  const builder = new BatchBuilder({ columns: [{ name: "n", type: "number", nullable: false }], where: "test" });
  for (const n of numbers) builder.append({ n }, 0);
  return builder.finish();
};

const copy: Grant = { name: "copy", reads: ["in"], writes: ["out"] };

async function bed() {
  const scratch = mkdtempSync(join(tmpdir(), "mr-desk-"));
  const life = await behindDesks(join(scratch, "log"));
  onTestFinished(async () => {
    await life.end();
    rmSync(scratch, { recursive: true });
  });
  for (const name of ["in", "out", "other"]) await life.control.ensureTopic({ name, partitions: 1 });
  await life.control.append({ producer: "test", outputs: [{ topic: "in", partition: 0, batch: records(1, 2) }] });
  return life;
}

async function joined(log: LogDriver) {
  const assigned = Promise.withResolvers<AssignedTask[]>();
  const lost = Promise.withResolvers<Error>();
  const member = await log.join({ group: "copy", member: "m", topics: ["in"], onAssigned: assigned.resolve, onRevoked: async () => undefined, onLost: lost.resolve });
  return { member, tasks: await assigned.promise, lost: lost.promise };
}

const at = (topic: string) => ({ partitions: [{ topic, partition: 0, offset: 0 }], bytesMax: 1e6, waitMs: 0 });
const countOf = async (log: LogDriver, topic: string): Promise<number> => (await log.fetch(at(topic))).entries.reduce((sum, { batch }: Entry) => sum + (batch?.count ?? 0), 0);

test("a stage may read its inputs, write its outputs for its own group, and nothing else", async () => {
  const { connect, control } = await bed();
  const log = await connect(copy);
  const { member } = await joined(log);
  await member.commit({ tasks: [0], positions: [{ topic: "in", partition: 0, offset: 2 }], outputs: [{ topic: "out", partition: 0, batch: records(1, 2) }] });
  expect(await countOf(control, "out")).toBe(2);
  expect((await log.topics()).map(({ name }) => name)).toEqual(["in"]);
  const refused = { code: "MR-LOG-008" };
  for (const topic of ["out", "other"]) await expect(log.fetch(at(topic))).rejects.toMatchObject(refused);
  await expect(log.topic("other")).rejects.toMatchObject(refused);
  await expect(log.positions("another")).rejects.toMatchObject(refused);
  await expect(log.offsetForTime("out", 0, 0)).rejects.toMatchObject(refused);
  const nothing = { onAssigned: () => undefined, onRevoked: async () => undefined, onLost: () => undefined };
  await expect(log.join({ group: "another", member: "m", topics: ["in"], ...nothing })).rejects.toMatchObject(refused);
  await expect(log.join({ group: "copy", member: "n", topics: ["other"], ...nothing })).rejects.toMatchObject(refused);
  const outside = [log.ensureTopic({ name: "new", partitions: 1 }), log.deleteTopic("in"), log.groups(), log.seek("copy", []), log.append({ producer: "copy", outputs: [{ topic: "out", partition: 0, batch: records(3) }] })];
  await Promise.all(outside.map((attempt) => expect(attempt).rejects.toMatchObject(refused)));
  await expect(member.commit({ tasks: [0], positions: [], outputs: [{ topic: "other", partition: 0, batch: records(3) }] })).rejects.toMatchObject(refused);
  expect([await countOf(control, "other"), await countOf(control, "out")]).toEqual([0, 2]);
});

test("whoever comes without a token of ours, or with one whose time is over, is told nothing", async () => {
  const { path, connect } = await bed();
  await expect(socketPort({ path, token: signGrant(copy, "another secret"), patienceMs: 100, carried: true })).rejects.toMatchObject({ code: "MR-LOG-008" });
  const soon = Date.now() + 300;
  const log = await connect({ ...copy, until: soon });
  expect(await countOf(log, "in")).toBe(2);
  await expect.poll(() => log.fetch(at("in")).then(() => "answered", ({ code }: { code: string }) => code)).toBe("MR-LOG-008");
});

test("a stage whose connection broke starts anew; what it had not committed was never there, and others take its tasks", async () => {
  const { connect, control, path, server } = await bed();
  const first = await joined(await connect(copy));
  await server.close();
  const again = await serveLog(driverDesks(async () => control), path, secret);
  onTestFinished(() => again.close());
  expect(await first.lost).toMatchObject({ code: "MR-LOG-006" });
  await expect(first.member.commit({ tasks: [0], positions: [{ topic: "in", partition: 0, offset: 1 }], outputs: [{ topic: "out", partition: 0, batch: records(1) }] })).rejects.toMatchObject({ code: "MR-LOG-006" });
  const second = await joined(await connect(copy));
  expect(second.tasks).toMatchObject([{ task: 0, positions: [] }]);
  expect(await countOf(control, "out")).toBe(0);
});
