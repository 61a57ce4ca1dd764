import { beforeEach, expect, test, vi } from "vitest";
import { DeadMembers, workerMember } from "./dead-members.ts";

/** A log in whose groups members stay until they are taken out. */
let members: Map<string, string[]>;
let warned: string[];
const log = {
  dismiss: async (group: string, isDead: (member: string) => boolean) => {
    members.set(group, (members.get(group) ?? []).filter((member) => !isDead(member)));
  },
};
const logger = { warn: (_fields: object, text: string) => warned.push(text) };
beforeEach(() => {
  members = new Map();
  warned = [];
});

test("a process that has ended is taken out of its stage's group, and no other", () => {
  const dead = new DeadMembers(log, logger);
  const [one, other, far] = [dead.newOwn("a"), dead.newOwn("a"), workerMember("a")];
  members.set("a", [one, other, far]);
  dead.gone("a", one);
  expect(members.get("a")).toEqual([other, far]);
  dead.gone("a", far);
  expect(members.get("a")).toEqual([other]);
});

test("who takes a stage over takes out what control planes before it have started, neither its own processes nor those of workers", () => {
  const before = new DeadMembers(log, logger).newOwn("a");
  const dead = new DeadMembers(log, logger);
  const [own, far, foreign] = [dead.newOwn("a"), workerMember("a"), "carrier#1"];
  members.set("a", [before, own, far, foreign]);
  members.set("b", [before]);
  dead.goneBefore("a");
  expect(members.get("a")).toEqual([own, far, foreign]);
  expect(members.get("b")).toEqual([before]);
});

test("what a dead process had sent just before may be heard behind its end: it is looked for once more", () => {
  vi.useFakeTimers();
  const dead = new DeadMembers(log, logger);
  const one = dead.newOwn("a");
  dead.gone("a", one);
  members.set("a", [one]);
  vi.runAllTimers();
  vi.useRealTimers();
  expect(members.get("a")).toEqual([]);
});

test("a log that notices by itself is not asked; one that refuses is told of; nothing is asked at the end", async () => {
  new DeadMembers({}, logger).gone("a", "m");
  const dead = new DeadMembers({ dismiss: () => Promise.reject(new Error("away")) }, logger);
  dead.gone("a", "m");
  await expect.poll(() => warned.length).toBe(1);
  dead.close();
  dead.gone("a", "m");
  await new Promise(setImmediate);
  expect(warned).toHaveLength(1);
});
