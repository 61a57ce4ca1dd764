import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type PostgresServer, startPostgres } from "../../scripts/engines/postgres.ts";
import { TcpProxy } from "../../test/support/tcp-proxy.ts";
import type { StageDecl } from "../model/manifest.ts";
import { LeaseKeeper } from "../scheduler/lease-keeper.ts";
import { postgresRuns } from "../state/postgres-runs.ts";
import { StageControl } from "./stage-control.ts";
import { stageKind } from "./stage-leases.ts";
import type { StageEnd, StageLife } from "./stage-process.ts";

/** Needs PostgreSQL; MILLRACE_POSTGRES_BIN names the folder of its programs. */
let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

const names = ["read", "clean", "join", "count", "write"];
const leaseMs = 1_000;

/** Processes of stages, by plane and stage: they end as they are asked to. */
const running = new Map<string, Set<string>>();
/** Processes that were ever started. */
let lives = 0;

function life(plane: string, stage: string): StageLife {
  const { promise, resolve } = Promise.withResolvers<StageEnd>();
  const own = running.get(plane) as Set<string>;
  const others = [...running].filter(([other]) => other !== plane);
  if (others.some(([, stages]) => stages.has(stage))) throw new Error(`stage ${stage} runs twice`);
  own.add(stage);
  lives++;
  const stop = (): void => {
    own.delete(stage);
    resolve({ how: "stopped" });
  };
  return { pid: 1, startedAt: new Date(), report: undefined, stop, ended: promise } as StageLife;
}

async function plane(name: string, { schema = "stages", url = server.url(), warn = (): void => undefined } = {}) {
  running.set(name, new Set());
  const runs = await postgresRuns({ connection: { url }, schema, leaseMs });
  const quiet = { info: () => undefined, warn, error: () => undefined };
  const stages = names.map((stage) => new StageControl({ decl: { name: stage, kind: "record", from: ["a"], to: {}, scale: { min: 1, max: 1, targetDrainSeconds: 10 } } as unknown as StageDecl, wishes: {}, start: () => life(name, stage), save: async () => 1, probeFile: () => "/nonexistent", log: quiet }));
  const keeper = new LeaseKeeper({ claims: runs.claims, holder: name, onlyLooks: false, logger: quiet });
  await keeper.add(stageKind(stages, { wishOf: async () => undefined, onTaken: () => undefined }));
  return { keeper, runs };
}

const held = (name: string): string[] => [...(running.get(name) as Set<string>)];
const eventually = (holds: () => void): Promise<void> => vi.waitFor(holds, { timeout: 60_000, interval: 50 });

test("each stage runs at one plane, moves to those that join, and away from those that leave or fall silent", async () => {
  const a = await plane("a");
  expect(held("a").sort()).toEqual([...names].sort());
  const b = await plane("b");
  await eventually(() => expect([held("a").length, held("b").length]).toEqual([3, 2]));
  const c = await plane("c");
  await eventually(() => expect([held("a").length, held("b").length, held("c").length]).toEqual([2, 2, 1]));
  await a.keeper.close();
  await eventually(() => expect([held("b").length, held("c").length]).toEqual([3, 2]));
  // Cut off from the database it ends what it has, and others take over when its leases have run out.
  await b.runs.close();
  await eventually(() => expect(held("b")).toEqual([]));
  await eventually(() => expect(held("c").sort()).toEqual([...names].sort()));
  await Promise.all([b, c].map(({ keeper }) => keeper.close()));
  expect(held("c")).toEqual([]);
  await Promise.all([a, c].map(({ runs }) => runs.close()));
});

test("of the only plane the stages go on while the database is away", async () => {
  const line = await TcpProxy.before(server.port);
  const failures: number[] = [];
  const only = await plane("only", { schema: "alone", url: server.url().replace(`:${server.port}/`, `:${line.port}/`), warn: () => failures.push(performance.now()) });
  const begun = lives;
  line.fault = () => "lose";
  // By then its leases have run out.
  await eventually(() => expect((failures.at(-1) ?? 0) - failures[0]).toBeGreaterThan(2 * leaseMs));
  expect(held("only").sort()).toEqual([...names].sort());
  line.fault = () => "pass";
  const healedAt = server.run("select (extract(epoch from clock_timestamp()) * 1000)::bigint").trim();
  const renewed = () => server.run(`select count(*) from alone.claim where holder = 'only' and until > ${healedAt} + ${leaseMs}`).trim();
  await eventually(() => expect(renewed()).toBe(String(names.length)));
  expect([held("only").length, lives]).toEqual([names.length, begun]);
  await only.keeper.close();
  expect(held("only")).toEqual([]);
  await only.runs.close();
  line.stop();
});
