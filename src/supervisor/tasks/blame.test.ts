import { expect, test } from "vitest";
import { blame, type ProcessDeath } from "./blame.ts";
import { taskDecl } from "../../scheduler/dag-for-tests.ts";
import type { WorkMessage } from "./task-protocol.ts";

const work = { attempt: "a1", number: 1, index: -1, module: "dags.ts", task: taskDecl("load"), run: { id: "r", dag: "d" } } as WorkMessage;
const death = (more: Partial<ProcessDeath>): ProcessDeath => ({ code: null, signal: null, lastWords: "", exclusive: false, alone: true, ...more });

test("a task is to blame for its process when it was alone in it, or when the process said so", () => {
  expect(blame(death({ signal: "SIGSEGV" }), work)).toMatchObject({ code: "MR-TASK-005", what: "the process of the task died: it was ended by SIGSEGV" });
  expect(blame(death({ code: 7, lastWords: "oh no" }), work)).toMatchObject({ what: "the process of the task died: it ended with exit code 7; its last words: oh no" });
  expect(blame(death({ signal: "SIGABRT", lastWords: "FATAL ERROR: JavaScript heap out of memory\n----- Native stack trace -----\n 1: 0x931db0 node" }), work)).toMatchObject({ what: "the process of the task died: it ran out of memory; its last words: FATAL ERROR: JavaScript heap out of memory" });
  expect(blame(death({ signal: "SIGABRT", alone: false }), work)).toBeUndefined();
  const error = { code: "MR-TASK-005", what: "exit", where: "", mend: "", retryable: false } as const;
  expect(blame(death({ code: 1, alone: false, culprit: { attempt: "a1", error } }), work)).toBe(error);
  expect(blame(death({ code: 1, culprit: { attempt: "a2", error } }), work)).toBeUndefined();
});

test("a kill from outside is blamed only on one that had a process to itself", () => {
  expect(blame(death({ signal: "SIGKILL" }), work)).toBeUndefined();
  expect(blame(death({ signal: "SIGKILL", exclusive: true }), work)).toMatchObject({ code: "MR-TASK-005" });
});

test("what we kill a process for is the fault of nobody else in it", () => {
  expect(blame(death({ signal: "SIGKILL", why: "stopped", exclusive: true }), work)).toBeUndefined();
  expect(blame(death({ signal: "SIGKILL", why: "silent" }), work)).toBeUndefined();
  expect(blame(death({ signal: "SIGKILL", why: { hangs: "dags.ts", ms: 60_000 }, alone: false }), work)).toMatchObject({ code: "MR-TASK-004", what: "dags.ts did not finish loading within 60 s" });
  expect(blame(death({ signal: "SIGKILL", why: { hangs: "other.ts", ms: 60_000 } }), work)).toBeUndefined();
});
