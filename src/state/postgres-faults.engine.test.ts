import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type PostgresServer, startPostgres } from "../../scripts/engines/postgres.ts";
import { type TcpFault, TcpProxy } from "../../test/support/tcp-proxy.ts";
import type { PostgresAddress } from "./postgres-connections.ts";
import { postgresState } from "./postgres.ts";
import { postgresRuns } from "./postgres-runs.ts";
import { aRun, changes } from "./run-rows-for-tests.ts";
import { shardKey, type ShardedRuns } from "./shards.ts";
import type { StateStore } from "./store.ts";
import { stallMs } from "../../test/support/stall.ts";

/** Needs PostgreSQL; MILLRACE_POSTGRES_BIN names the folder of its programs. */
let server: PostgresServer;
let schemas = 0;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

const newSchema = (): string => `s${++schemas}`;

interface Stores {
  state: StateStore;
  runs: ShardedRuns;
}

function placeOf(schema: string, port = server.port): PostgresAddress {
  const url = new URL(server.url());
  url.port = String(port);
  return { connection: { url: url.href }, schema };
}

async function opened(schema: string, port?: number): Promise<Stores> {
  const place = placeOf(schema, port);
  const stores = { state: await postgresState(place), runs: await postgresRuns({ ...place, shards: 2, leaseMs: 1_000 }) };
  onTestFinished(async () => {
    await Promise.all([stores.state.close(), stores.runs.close()]);
  });
  return stores;
}

async function proxied(): Promise<TcpProxy> {
  const proxy = await TcpProxy.before(server.port);
  onTestFinished(() => proxy.stop());
  return proxy;
}

const isCommit = (bytes: Buffer): boolean => bytes.includes("; commit");

/** Does this to the next commit, and lets pass what comes behind it. */
function onNextCommit(proxy: TcpProxy, fault: TcpFault): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  proxy.fault = (bytes) => {
    if (!isCommit(bytes)) return "pass";
    proxy.fault = () => "pass";
    resolve();
    return fault;
  };
  return promise;
}

test.each(["lose-answer", "lose"] as const)("a commit is made once, and said to be, though the line is cut: %s", async (fault) => {
  const proxy = await proxied();
  const { state } = await opened(newSchema(), proxy.port);
  for (let i = 0; i < 5; i++) {
    void onNextCommit(proxy, fault);
    expect(await state.compareAndSwap("c", "k", i, i)).toBe(i + 1);
  }
  expect(await state.get("c", "k")).toEqual({ value: 4, version: 5 });
});

test("a commit that comes late, when it was asked whether it was made, is refused", async () => {
  const proxy = await proxied();
  const { state } = await opened(newSchema(), proxy.port);
  const marks = () => Number(server.run(`select count(*) from s${schemas}.mark where not made`));
  const late = onNextCommit(proxy, "late");
  const swapped = state.compareAndSwap("c", "k", 0, "once");
  await late;
  await until(() => marks() === 1);
  proxy.deliver();
  expect(await swapped).toBe(1);
  expect(await state.get("c", "k")).toEqual({ value: "once", version: 1 });
});

test("commits are made once each while PostgreSQL is restarted and killed, and go on soon", async () => {
  const { state, ...commits } = await committing(await opened(newSchema()));
  for (const signal of ["SIGINT", "SIGKILL", "SIGINT", "SIGKILL"] as const) {
    await commits.goOn();
    await server.restart(signal);
  }
  await commits.goOn();
  const made = await commits.end();
  expect((await state.get("c", "k"))?.version).toBe(made);
});

test("commits are made once each though nothing passes for 30 seconds, and go on soon after", async () => {
  const proxy = await proxied();
  const { state, ...commits } = await committing(await opened(newSchema(), proxy.port));
  await commits.goOn();
  await onNextCommit(proxy, "silence");
  proxy.fault = () => "silence";
  await new Promise((resolve) => setTimeout(resolve, 30_000));
  proxy.fault = () => "pass";
  proxy.heal();
  const startMs = performance.now();
  await commits.goOn();
  expect(performance.now() - startMs).toBeLessThan(15_000 + stallMs);
  const made = await commits.end();
  expect((await state.get("c", "k"))?.version).toBe(made);
});

test("who is cut off in a transaction holds up nobody for long, and writes nothing when it is back", async () => {
  const schema = newSchema();
  const proxy = await proxied();
  const frozen = await opened(schema, proxy.port);
  const [claim] = await frozen.runs.claims.claim("frozen", [shardKey(0)], 1);
  const store = await frozen.runs.open(0, claim);
  const { epoch } = await store.take("frozen");
  const silent = onNextCommit(proxy, "silence");
  const committed = store.commit(epoch, changes({ runs: [aRun("late")] })).then(() => "made", (error: { code: string }) => error.code);
  await silent;
  const { runs } = await opened(schema);
  const other = await found(async () => (await runs.claims.claim("other", [shardKey(0)], 1))[0]);
  const startMs = performance.now();
  const taken = await again(async () => (await runs.open(0, other)).take("other"));
  expect(performance.now() - startMs).toBeLessThan(10_000 + stallMs);
  expect(taken.unfinished.runs).toEqual([]);
  proxy.heal();
  expect(await committed).toBe("MR-STATE-002");
  expect(await runs.history.run("late")).toBeUndefined();
});

test("a turn ends with the connection that has it", async () => {
  const schema = newSchema();
  const [one, other] = [await opened(schema), await opened(schema)];
  let end = () => {};
  const begun = Promise.withResolvers<void>();
  const held = one.state.inTurn(["t"], () => {
    begun.resolve();
    return new Promise<void>((resolve) => (end = resolve));
  });
  await begun.promise;
  const next = other.state.inTurn(["t"], async () => "mine");
  server.run("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted");
  expect(await next).toBe("mine");
  end();
  await held;
  expect(await one.state.inTurn(["t"], async () => "again")).toBe("again");
});

test("processes that open a new store at once find it made, and those that come later too", async () => {
  const schema = newSchema();
  const stores = await Promise.all([1, 2, 3, 4].map(() => opened(schema)));
  expect(await Promise.all(stores.map(({ runs }) => runs.history.runs({ limit: 1 })))).toEqual([[], [], [], []]);
  const later = await postgresRuns({ ...placeOf(schema), shards: 9 });
  expect(later.shards).toBe(2);
  await later.close();
});

test("what cannot be opened is refused by code", async () => {
  const schema = newSchema();
  await opened(schema);
  server.run(`update ${schema}.schema_version set version = 1000 where part = 'runs'`);
  await expect(opened(schema)).rejects.toMatchObject({ code: "MR-STATE-004" });
  await expect(opened(newSchema(), 1)).rejects.toMatchObject({ code: "MR-STATE-006", retryable: true });
  await expect(postgresState({ connection: { url: server.url().replace("pass", "pas") }, schema })).rejects.toMatchObject({ code: "MR-STATE-001", retryable: false });
  await expect(postgresState({ connection: { url: "not an address:secret" }, schema })).rejects.toMatchObject({ code: "MR-STATE-001", retryable: false });
});

test("a closed store refuses what is asked of it, and is closed once", async () => {
  const place = placeOf(newSchema());
  const [state, runs] = [await postgresState(place), await postgresRuns(place)];
  const asked = runs.mail?.ask(0, "?", new AbortController().signal);
  asked?.catch(() => undefined);
  await Promise.all([state.close(), runs.close()]);
  await expect(asked).rejects.toMatchObject({ code: "MR-STATE-006" });
  await expect(state.get("c", "k")).rejects.toMatchObject({ code: "MR-STATE-006" });
});

test("text that PostgreSQL has no way to keep does not hold up a commit", async () => {
  const { runs } = await opened(newSchema());
  const [claim] = await runs.claims.claim("a", [shardKey(0)], 1);
  const store = await runs.open(0, claim);
  const { epoch } = await store.take("a");
  await store.commit(epoch, changes({ runs: [aRun("r", { note: "a\u0000b \ud800", params: { x: "\u0000\ud800" } })] }));
  expect(await store.run("r")).toMatchObject({ note: "a\u2400b \ufffd", params: { x: "\u0000\ud800" } });
});

/** Makes one commit after the other. Were one made twice, or said not to be when it was, the swap of the next would not fit. */
async function committing({ runs, state }: Stores): Promise<{ state: StateStore; goOn(): Promise<unknown>; end(): Promise<number> }> {
  const [claim] = await runs.claims.claim("a", [shardKey(0)], 1);
  const store = await runs.open(0, claim);
  const { epoch } = await store.take("a");
  let made = 0;
  let over = false;
  const work = (async () => {
    for (; !over; made++) await again(() => store.commit(epoch, changes({ runs: [aRun(`r${made % 50}`)] }), [{ collection: "c", key: "k", expected: made, value: made }]));
  })();
  const goOn = (): Promise<unknown> => {
    const before = made;
    return Promise.race([until(() => made > before + 20), work]);
  };
  const end = async (): Promise<number> => {
    over = true;
    await work;
    return made;
  };
  return { state, goOn, end };
}

/** As a scheduler does it: what was refused was not written, and may be written again. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: string }).code !== "MR-STATE-006") throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const until = (is: () => boolean): Promise<true> => found(async () => is() || undefined);

async function found<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
