import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { folderFiles } from "../../files/folder.ts";
import type { Hint } from "../../scheduler/executor.ts";
import { readAttemptLog } from "../tasks/attempt-log.ts";
import { placeOf, resultKey } from "../tasks/attempt-place.ts";
import { type Asked, RecordingPort } from "../tasks/tasks-for-tests.ts";
import { PoolDuty } from "./pool-duty.ts";
import { RemoteTasks } from "./remote-tasks.ts";
import type { Answer } from "./serve-calls.ts";
import type { Started, ToWorkerEvent } from "./worker-protocol.ts";

const dataFolder = mkdtempSync(join(tmpdir(), "mr-pool-duty-"));
afterAll(() => rmSync(dataFolder, { recursive: true }));
const results = folderFiles(join(dataFolder, "results"));

function bed() {
  const port = new RecordingPort();
  const tasks = new RemoteTasks(port, ["gpu", "tpu"]);
  const worker = (name: string, pool = "gpu") => {
    const told: ToWorkerEvent[] = [];
    const reach = { machine: name, connected: true, tell: (event: ToWorkerEvent) => void told.push(event) };
    const duty = new PoolDuty(tasks, { worker: name, pool, key: "a key", keeping: { dataFolder, results }, reach });
    duty.begin();
    const ask = async (method: string, request: Record<string, unknown>, body = new Uint8Array(0)): Promise<Answer> => duty.handle(method, request, body);
    const start = async (attempt: string, token = "t", process = "p1") => (await ask("start", { attempt, token, worker: process })).result as Started | null;
    const offers = () => told.flatMap((event) => (event.event === "offer" ? [event.hint.attempt] : []));
    return { duty, told, ask, start, offers };
  };
  const offer = (asked: Partial<Asked> = {}) => port.run(tasks, { ...asked, task: { name: "fit", pool: "gpu", ...asked.task } });
  return { port, tasks, worker, offer };
}

test("an offer goes to all workers of its pool, and the first who asks has it", async () => {
  const { port, worker, offer } = bed();
  const [a, b, other] = [worker("a"), worker("b"), worker("c", "tpu")];
  const { attempt } = offer();
  const late = worker("d");
  expect([a, b, late, other].map(({ offers }) => offers())).toEqual([[attempt], [attempt], [attempt], []]);
  expect(await other.start(attempt)).toBeNull();
  expect(await a.start(attempt, "an older token")).toBeNull();
  const started = await b.start(attempt);
  expect(started?.work.attempt).toBe(attempt);
  expect([await a.start(attempt), port.started]).toEqual([null, [{ attempt, worker: "b/p1" }]]);
  // Its answer was lost on the way: asked again, the same is said.
  expect(await b.start(attempt)).toEqual(started);
  expect(await b.start(attempt, "t", "p2")).toBeNull();
  expect([b.duty.working, worker("e").offers()]).toEqual([1, []]);
});

test("what tasks of a pool do not need a worker for is no offer", () => {
  const { tasks } = bed();
  const hint = (pool: string, kind: string) => ({ task: { pool, kind } }) as Hint;
  expect([tasks.takes(hint("gpu", "task")), tasks.takes(hint("gpu", "shell")), tasks.takes(hint("gpu", "sql")), tasks.takes(hint("default", "task"))]).toEqual([true, true, false, false]);
  expect(() => tasks.checkPool("default")).toThrow("MR-WORKER-003");
});

test("only who has an attempt says how it ends, also to a control plane that has forgotten", async () => {
  const { port, tasks, worker, offer } = bed();
  const [a, b] = [worker("a"), worker("b")];
  const { attempt } = offer();
  const { receipt, work } = (await a.start(attempt)) as Started;
  for (const asked of [{ receipt: `${receipt}x` }, { receipt: "" }, {}]) await expect(a.ask("end", { ...asked, outcome: { kind: "skipped" } })).rejects.toThrow(/MR-HTTP-00[16]/);
  await expect(b.ask("end", { receipt, outcome: { kind: "skipped" } })).rejects.toMatchObject({ code: "MR-HTTP-001" });
  const anew = new PoolDuty(tasks, { worker: "a", pool: "gpu", key: "a key", keeping: { dataFolder, results }, reach: { machine: "a", connected: true, tell: () => undefined } });
  expect(await anew.handle("end", { receipt, outcome: { kind: "success", swaps: [1] } }, new Uint8Array(0))).toEqual({ result: true });
  expect(port.ended).toEqual([{ attempt, fence: work.fence, outcome: { kind: "success" } }]);
});

test("files come and go by attempt, and lines that come twice stand there once", async () => {
  const { worker, offer } = bed();
  const a = worker("a");
  await results.putIfAbsent("given", Buffer.from("[1]"));
  await results.putIfAbsent("another's", Buffer.from("[2]"));
  const { attempt } = offer({ inputs: { rows: { file: "given", bytes: 3, sha256: "x" } } });
  const { receipt, work } = (await a.start(attempt)) as Started;
  expect(Buffer.from((await a.ask("read", { attempt, file: "given" })).body!).toString()).toBe("[1]");
  await expect(a.ask("read", { attempt, file: "another's" })).rejects.toMatchObject({ code: "MR-LOG-008" });
  for (let n = 0; n < 2; n++) await a.ask("keep", { receipt }, Buffer.from("made"));
  expect(Buffer.from((await results.read(resultKey(placeOf(work), attempt)))!).toString()).toBe("made");
  await a.ask("log", { receipt, offset: 0 }, Buffer.from('{"n":1}\n'));
  await a.ask("log", { receipt, offset: 0 }, Buffer.from('{"n":1}\n{"n":2}\n'));
  await a.ask("log", { receipt, offset: 8 }, Buffer.from('{"n":2}\n'));
  expect((await readAttemptLog(dataFolder, placeOf(work))).lines).toEqual(['{"n":1}', '{"n":2}']);
});

test("leases and losses are told under the worker's own name", async () => {
  const { port, worker, offer } = bed();
  const a = worker("a");
  await a.start(offer().attempt);
  await a.ask("alive", { worker: "p1", attempts: [] });
  await a.ask("gone", { worker: "p1" });
  expect([port.beats, port.goneWorkers, a.duty.working]).toEqual([["a/p1"], ["a/p1"], 0]);
  await expect(a.ask("news", {})).rejects.toThrow("MR-HTTP-006");
});
