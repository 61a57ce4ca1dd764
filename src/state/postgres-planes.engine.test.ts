import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type PostgresServer, startPostgres } from "../../scripts/engines/postgres.ts";
import { postgresState } from "./postgres.ts";

/** Needs PostgreSQL; MILLRACE_POSTGRES_BIN names the folder of its programs. */
let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

const [shards, planes, leaseMs] = [6, 4, 600];

/**
 * A control plane that does in each of its shards what a scheduler does: one tick after the other, each a run that may be
 * made once, and with each a message to the next shard, which counts what it has been told in a share of its own.
 */
const plane = (url: string): string => `
  const { postgresRuns } = await import(${JSON.stringify(new URL("./postgres-runs.ts", import.meta.url).href)});
  const { shardKey } = await import(${JSON.stringify(new URL("./shards.ts", import.meta.url).href)});
  const { aRun, changes } = await import(${JSON.stringify(new URL("./run-rows-for-tests.ts", import.meta.url).href)});
  const runs = await postgresRuns({ connection: { url: ${JSON.stringify(url)} }, schema: "millrace", shards: ${shards}, leaseMs: ${leaseMs}, connections: 2 });
  const me = "plane-" + process.pid;
  const keys = Array.from({ length: runs.shards }, (_, shard) => shardKey(shard));
  const held = new Map();
  for (;;) {
    const { planes } = await runs.claims.beat(me);
    const fair = Math.ceil(keys.length / planes.length);
    for (const claim of await runs.claims.claim(me, keys.filter((key) => !held.has(key)), fair - held.size)) void work(claim);
    await new Promise((done) => setTimeout(done, ${leaseMs} / 4));
  }
  async function work(claim) {
    const shard = keys.indexOf(claim.key);
    held.set(claim.key, claim);
    const store = await runs.open(shard, claim);
    try {
      let { epoch, unfinished } = await store.take(me);
      let told = unfinished.shares[0]?.state ?? 0;
      for (let n = unfinished.fence + 1; ; n++) {
        const messages = await runs.mail.messages(shard, 10);
        told += messages.length;
        const swaps = [{ collection: "tick", key: claim.key, expected: n - 1, value: n }];
        const mail = { sent: [{ to: (shard + 1) % keys.length, body: n }], taken: messages.map(({ id }) => id), answers: [], shares: [{ key: "told", state: told }] };
        await store.commit(epoch, changes({ runs: [aRun(shard + "." + n, { dag: "dag-" + shard, state: "success", endedAt: n })], fence: n, shard: mail }), swaps);
      }
    } catch (error) {
      if (error.code !== "MR-STATE-002") throw error;
      held.delete(claim.key);
    }
  }`;

test("planes that are killed and frozen lose no tick and no message, and make none twice", async () => {
  const url = server.url();
  const state = await postgresState({ connection: { url }, schema: "millrace" });
  const alive = Array.from({ length: planes }, () => started(plane(url)));
  const ticks = async (): Promise<number[]> => Promise.all(Array.from({ length: shards }, async (_, shard) => (await state.get<number>("tick", `shard ${shard}`))?.value ?? 0));
  /** All shards have got on. */
  const gotOn = async (): Promise<void> => {
    for (const before = await ticks(); (await ticks()).some((n, shard) => n <= before[shard] + 2); ) await new Promise((done) => setTimeout(done, 20));
  };
  await gotOn();
  for (let n = 0; n < 6; n++) {
    const victim = alive.shift() as ChildProcess;
    // One that is frozen for longer than its lease wakes to find others in its place.
    if (n % 3 === 2) {
      victim.kill("SIGSTOP");
      await gotOn();
      victim.kill("SIGCONT");
      alive.push(victim);
    } else {
      victim.kill("SIGKILL");
      alive.push(started(plane(url)));
    }
    await gotOn();
  }
  for (const child of alive) child.kill("SIGKILL");
  await Promise.all(alive.map((child) => child.signalCode ?? once(child, "exit")));
  // What was under way in the server comes to its end: whoever takes a shard waits for it.
  await server.restart("SIGINT");
  const sent = await ticks();
  for (let shard = 0; shard < shards; shard++) {
    const made = Number(server.run(`select count(*) from millrace.run where dag = 'dag-${shard}'`));
    const told = Number(server.run(`select coalesce(max(state::int), 0) from millrace.share where shard = ${(shard + 1) % shards}`));
    const waiting = Number(server.run(`select count(*) from millrace.message where shard = ${(shard + 1) % shards}`));
    expect([made, told + waiting]).toEqual([sent[shard], sent[shard]]);
  }
  await state.close();
});

/** It does not outlive the test, however that ends. */
function started(code: string): ChildProcess {
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "ignore", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}
