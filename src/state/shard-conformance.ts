import { expect, test } from "vitest";
import { anInstance, aRun, changes } from "./run-rows-for-tests.ts";
import type { RunStore } from "./run-store.ts";
import { type Claim, type Mail, type ShardChanges, shardKey, type ShardedRuns, shardOf } from "./shards.ts";

/**
 * What every store of runs in shards must pass.
 *
 * @param open - opens the store named; the same name opens the same data. Those with mail must have 4 shards and leases of a second or less
 */
export function shardConformance(label: string, open: (name: string) => Promise<ShardedRuns>): void {
  type Body = (runs: ShardedRuns, another: () => Promise<ShardedRuns>) => Promise<void>;
  const check = (title: string, body: Body, needs?: "mail") =>
    test(`${label}: ${title}`, async (t) => {
      const name = title.replaceAll(/[^a-z]+/g, "-");
      const opened: ShardedRuns[] = [await open(name)];
      const another = async (): Promise<ShardedRuns> => {
        opened.push(await open(name));
        return opened.at(-1)!;
      };
      try {
        if (needs && !opened[0][needs]) return t.skip(`no ${needs}`);
        await body(opened[0], another);
      } finally {
        await Promise.all(opened.map((runs) => runs.close()));
      }
    });

  check("a key that is held is nobody else's until it is given back", async ({ claims }) => {
    const [first] = await claims.claim("a", ["k"], 1);
    expect(await claims.claim("b", ["k"], 1)).toEqual([]);
    await claims.giveBack({ ...first, epoch: first.epoch - 1 });
    expect(await claims.claim("b", ["k"], 1)).toEqual([]);
    await claims.giveBack(first);
    const [second] = await claims.claim("b", ["k"], 1);
    expect(second.epoch).toBeGreaterThan(first.epoch);
    await claims.giveBack(first);
    expect((await claims.beat("b")).held).toEqual([{ ...second, holder: "b" }]);
  });

  check("no more keys are claimed than were asked for", async ({ claims }) => {
    expect(await claims.claim("a", ["x", "y", "z"], 2)).toHaveLength(2);
    expect(await claims.claim("a", ["x", "y", "z"], Infinity)).toHaveLength(1);
    expect(await claims.claim("b", ["w"], 0)).toEqual([]);
    expect(await claims.claim("a", [], 5)).toEqual([]);
    await claims.leave("a");
    expect((await claims.claim("b", ["x", "y", "z"], 5)).map(({ key }) => key).sort()).toEqual(["x", "y", "z"]);
  });

  check("of many that claim at once each key goes to one", async ({ claims }) => {
    const keys = Array.from({ length: 12 }, (_, i) => `k${i}`);
    const got = await Promise.all(Array.from({ length: 6 }, (_, i) => claims.claim(`p${i}`, keys, 12)));
    expect(got.flat().map(({ key }) => key).sort()).toEqual([...new Set(got.flat().map(({ key }) => key))].sort());
    const rest = await claims.claim("late", keys, 12);
    expect([...got.flat(), ...rest].map(({ key }) => key).sort()).toEqual([...keys].sort());
  });

  check("a shard is read and written by who holds it", async (runs) => {
    const [store, claim] = await claimed(runs, "a", 0);
    const { epoch, unfinished } = await store.take("a");
    expect([epoch > claim.epoch || !runs.mail, unfinished.runs]).toEqual([true, []]);
    await store.commit(epoch, changes({ runs: [aRun("r")], instances: [anInstance("r", "t")], fence: 4 }));
    const again = await store.take("a");
    expect([again.epoch > epoch, again.unfinished.runs.length, again.unfinished.fence]).toEqual([true, 1, 4]);
    expect(await runs.history.run("r")).toEqual(aRun("r"));
  });

  check("the dead lose their keys when their lease runs out, and write no more", async (runs, another) => {
    const [store] = await claimed(runs, "dead", 1);
    const { epoch } = await store.take("dead");
    await store.commit(epoch, changes({ runs: [aRun("r")] }));
    const other = await another();
    await other.claims.beat("heir");
    const claim = await until(async () => (await other.claims.claim("heir", [shardKey(1)], 1))[0]);
    expect(await runs.claims.beat("dead")).toMatchObject({ held: [{ key: shardKey(1), holder: "heir" }] });
    await expect(store.commit(epoch, changes({ runs: [aRun("s")] }))).rejects.toMatchObject({ code: "MR-STATE-002" });
    await expect(store.take("dead")).rejects.toMatchObject({ code: "MR-STATE-002" });
    await expect(store.removeRuns({ before: 1e15 })).rejects.toMatchObject({ code: "MR-STATE-002" });
    const taken = await (await other.open(1, claim)).take("heir");
    expect(taken.unfinished.runs.map(({ id }) => id)).toEqual(["r"]);
  }, "mail");

  check("who beats keeps what it holds, also what had run out", async (runs) => {
    const { claims } = runs;
    const [claim] = await claims.claim("a", ["k"], 1);
    await until(async () => ((await claims.beat("b")).held.length === 0 ? true : undefined));
    expect((await claims.beat("a")).held).toEqual([{ ...claim, holder: "a" }]);
    expect(await claims.claim("b", ["k"], 1)).toEqual([]);
    expect((await claims.beat("b")).planes.map(({ holder }) => holder)).toEqual(["a", "b"]);
    await claims.leave("a");
    expect(await claims.beat("b")).toMatchObject({ planes: [{ holder: "b" }], held: [] });
  }, "mail");

  check("a shard has its own rows, and all read all", async (runs) => {
    const dags = namesOf(runs.shards, 2);
    const stores = await Promise.all([0, 1].map(async (shard) => (await claimed(runs, "a", shard))[0]));
    const epochs = await Promise.all(stores.map(async (store) => (await store.take("a")).epoch));
    const rowsOf = (shard: number) => changes({ runs: [aRun(`r${shard}`, { dag: dags[shard] })], dags: [{ dag: dags[shard], paused: false, note: null, since: 1, lastStart: null, lastEnd: null, updated: [] }], ledgers: [{ dataset: "d", done: [[shard, 9]] }], throttles: [{ key: "t", at: shard, until: 9 }], fence: shard + 1 });
    await stores[0].commit(epochs[0], { ...rowsOf(0), pools: [{ name: "p", slots: 3, note: null }] });
    await stores[1].commit(epochs[1], rowsOf(1));
    for (const [shard, store] of stores.entries()) {
      const { unfinished } = await store.take("a");
      expect([unfinished.runs.map(({ id }) => id), unfinished.dags.map(({ dag }) => dag), unfinished.ledgers, unfinished.throttles, unfinished.pools.length, unfinished.fence]).toEqual([[`r${shard}`], [dags[shard]], [{ dataset: "d", done: [[shard, 9]] }], [{ key: "t", at: shard, until: 9 }], 1, shard + 1]);
      expect((await store.runs({ limit: 9 })).map(({ id }) => id)).toEqual(["r1", "r0"]);
    }
  }, "mail");

  check("history is removed in the shards that are open here", async (runs) => {
    const [first] = await claimed(runs, "a", 0);
    const { epoch } = await first.take("a");
    const ended = (id: string, at: number) => aRun(id, { intervalStart: at, state: "success", endedAt: at });
    await first.commit(epoch, changes({ runs: [ended("x", 1), ended("y", 2), ended("z", 3)], instances: [anInstance("x", "t")] }));
    expect(await runs.history.removeRuns({ before: 100 })).toBe(2);
    expect([await runs.history.instances("x"), (await runs.history.removedRuns({ limit: 9 })).map(({ id }) => id)]).toEqual([[], ["x", "y"]]);
    await first.close();
    expect((await runs.history.runs({ limit: 9 })).map(({ id }) => id)).toEqual(["z"]);
  });

  check("a message is there with its commit, and gone with the commit that takes it", async (runs, another) => {
    const mail = runs.mail as Mail;
    const [sender] = await claimed(runs, "a", 0);
    const receiving = await another();
    const [receiver] = await claimed(receiving, "b", 1);
    const [from, to] = [await sender.take("a"), await receiver.take("b")];
    await sender.commit(from.epoch, changes({ shard: shardChanges({ sent: [{ to: 1, body: { n: 1, text: "ü\u0000" } }, { to: 1, body: null }, { to: 2, body: "other" }] }) }));
    const arrived = await mail.messages(1, 10);
    expect(arrived.map(({ body }) => body)).toEqual([{ n: 1, text: "ü\u0000" }, null]);
    expect((await mail.messages(1, 1)).map(({ id }) => id)).toEqual([arrived[0].id]);
    await expect(sender.commit(from.epoch, changes({ shard: shardChanges({ sent: [{ to: 1, body: 2 }] }) }), [{ collection: "c", key: "k", expected: 3, value: 1 }])).rejects.toMatchObject({ code: "MR-STATE-003" });
    await receiver.commit(to.epoch, changes({ shard: shardChanges({ taken: [arrived[0].id, 1e9] }) }));
    expect(await mail.messages(1, 10)).toEqual([arrived[1]]);
  }, "mail");

  check("who listens hears of mail from elsewhere, also of what was there before", async (runs, another) => {
    const [sender] = await claimed(runs, "a", 0);
    const { epoch } = await sender.take("a");
    await sender.commit(epoch, changes({ shard: shardChanges({ sent: [{ to: 2, body: 0 }] }) }));
    const listening = (await another()).mail as Mail;
    const heard = new Set<number>();
    const end = listening.onMail((shard) => heard.add(shard));
    await until(async () => heard.has(2) || undefined);
    await sender.commit(epoch, changes({ shard: shardChanges({ sent: [{ to: 3, body: 0 }] }) }));
    await until(async () => heard.has(3) || undefined);
    end();
  }, "mail");

  check("what is asked is answered once, by whoever holds the shard", async (runs, another) => {
    const mail = runs.mail as Mail;
    const [store] = await claimed(await another(), "b", 3);
    const { epoch } = await store.take("b");
    const asked = mail.ask(3, { what: "?" }, new AbortController().signal);
    const message = await until(async () => (await mail.messages(3, 1))[0]);
    expect(message.body).toEqual({ what: "?" });
    await store.commit(epoch, changes({ shard: shardChanges({ taken: [message.id], answers: [{ request: message.request as string, body: { so: [1] } }] }) }));
    expect(await asked).toEqual({ so: [1] });
    expect(await mail.messages(3, 1)).toEqual([]);
  }, "mail");

  check("who does not wait any longer is told why", async (runs) => {
    const mail = runs.mail as Mail;
    const waiting = new AbortController();
    const asked = mail.ask(3, "?", waiting.signal);
    await until(async () => (await mail.messages(3, 1))[0]);
    waiting.abort(new Error("enough"));
    await expect(asked).rejects.toThrow("enough");
    await expect(mail.ask(3, "?", AbortSignal.abort(new Error("at once")))).rejects.toThrow("at once");
  }, "mail");

  check("shares are the shard's own, and come with it", async (runs) => {
    const [first, second] = [(await claimed(runs, "a", 0))[0], (await claimed(runs, "a", 1))[0]];
    const { epoch, unfinished } = await first.take("a");
    expect(unfinished.shares).toEqual([]);
    await first.commit(epoch, changes({ shard: shardChanges({ shares: [{ key: "p", state: { n: 1 } }, { key: "q", state: 2 }] }) }));
    await first.commit(epoch, changes({ shard: shardChanges({ shares: [{ key: "p", state: null }, { key: "q", state: 3 }, { key: "none", state: null }] }) }));
    expect((await first.take("a")).unfinished.shares).toEqual([{ key: "q", state: 3 }]);
    expect((await second.take("a")).unfinished.shares).toEqual([]);
  }, "mail");

  check("there are as many shards as there were when it was made", async (runs, another) => {
    expect((await another()).shards).toBe(runs.shards);
  });
}

const shardChanges = (given: Partial<ShardChanges>): ShardChanges => ({ sent: [], taken: [], answers: [], shares: [], ...given });

async function claimed(runs: ShardedRuns, holder: string, shard: number): Promise<[store: RunStore, claim: Claim]> {
  const [claim] = await runs.claims.claim(holder, [shardKey(shard)], 1);
  return [await runs.open(shard, claim), claim];
}

/** A name of a DAG for each of the first shards. */
function namesOf(shards: number, count: number): string[] {
  const names = Array.from({ length: 100 }, (_, i) => `dag-${i}`);
  return Array.from({ length: count }, (_, shard) => names.find((name) => shardOf(name, shards) === shard) as string);
}

async function until<T>(found: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const value = await found();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
