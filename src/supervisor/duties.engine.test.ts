import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type PostgresServer, startPostgres } from "../../scripts/engines/postgres.ts";
import { LeaseKeeper } from "../scheduler/lease-keeper.ts";
import { postgresRuns } from "../state/postgres-runs.ts";
import { dutyKind } from "./duties.ts";

/** Needs PostgreSQL; MILLRACE_POSTGRES_BIN names the folder of its programs. */
let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

const names = ["catalog", "quality"];
const leaseMs = 1_000;
/** Who does what just now. */
const doing = new Map<string, Set<string>>(names.map((name) => [name, new Set()]));

async function plane(holder: string) {
  const runs = await postgresRuns({ connection: { url: server.url() }, schema: "duties", leaseMs });
  const logger = { warn: () => undefined };
  const keeper = new LeaseKeeper({ claims: runs.claims, holder, onlyLooks: false, logger });
  const duty = (name: string) => {
    const who = doing.get(name) as Set<string>;
    return {
      begin: () => {
        if (who.size > 0) throw new Error(`${name} is done twice, by ${[...who].join()} and ${holder}`);
        who.add(holder);
      },
      rest: async () => void who.delete(holder),
    };
  };
  await keeper.add(dutyKind(Object.fromEntries(names.map((name) => [name, duty(name)]))));
  return { keeper, runs };
}

const doers = (): string[] => names.map((name) => [...(doing.get(name) as Set<string>)].join());
const eventually = (holds: () => void): Promise<void> => vi.waitFor(holds, { timeout: 60_000, interval: 20 });

test("each duty is one plane's, and another's when that one leaves or falls silent", async () => {
  const a = await plane("a");
  expect(doers()).toEqual(["a", "a"]);
  const b = await plane("b");
  await eventually(() => expect(doers().sort()).toEqual(["a", "b"]));
  const c = await plane("c");
  await a.keeper.close();
  await eventually(() => expect(doers().sort()).toEqual(["b", "c"]));
  // Cut off from the database it rests before others may begin.
  await b.runs.close();
  await eventually(() => expect(doers()).toEqual(["c", "c"]));
  await Promise.all([b, c].map(({ keeper }) => keeper.close()));
  expect(doers()).toEqual(["", ""]);
  await Promise.all([a, c].map(({ runs }) => runs.close()));
});
