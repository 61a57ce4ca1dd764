import fc from "fast-check";
import { expect, test } from "vitest";
import { TestEngine } from "../nested/nested-for-tests.ts";
import { clusters } from "./clusters.ts";

/** Who is in one cluster, by the slow way: names spread until nothing moves. */
function spread(pairs: readonly (readonly [number, number])[]): Map<number, number> {
  const first = new Map(pairs.flat().map((id) => [id, id]));
  for (let moved = true; moved; ) {
    moved = false;
    for (const [a, b] of pairs) {
      const least = Math.min(first.get(a) as number, first.get(b) as number);
      for (const id of [a, b]) {
        if (first.get(id) === least) continue;
        first.set(id, least);
        moved = true;
      }
    }
  }
  return first;
}

async function clustersOf(engine: TestEngine, pairs: string): Promise<Record<string, unknown>[]> {
  return engine.rows(clusters(await engine.relation(pairs, "pairs"), ["id"], 0.5), "order by id");
}

test("clusters are what hangs together, as the slow way finds it", async () => {
  const engine = await TestEngine.open();
  const pair = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 }));
  await fc.assert(
    fc.asyncProperty(fc.array(pair, { minLength: 1, maxLength: 40 }), async (pairs) => {
      const found = await clustersOf(engine, `select id_l::integer as id_l, id_r::integer as id_r, 0.9e0 as probability from (values ${pairs.map(([a, b]) => `(${a}, ${b})`).join(", ")}) as t(id_l, id_r)`);
      const expected = spread(pairs);
      expect(new Map(found.map(({ id, cluster }) => [id, cluster]))).toEqual(expected);
      for (const { cluster, size } of found) expect(Number(size)).toBe([...expected.values()].filter((each) => each === cluster).length);
    }),
    { numRuns: 20 },
  );
});

test("no pairs, pairs that are not likely, a chain, a star, names of two parts", async () => {
  const engine = await TestEngine.open();
  expect(await clustersOf(engine, "select 'a' as id_l, 'b' as id_r, 0.4e0 as probability")).toEqual([]);
  expect(await clustersOf(engine, "select 'a' as id_l, 'b' as id_r, 1e0 as probability where false")).toEqual([]);
  const chain = await clustersOf(engine, "select hash(i)::varchar as id_l, hash(i + 1)::varchar as id_r, 1e0 as probability from range(2000) as t(i)");
  expect([chain.length, new Set(chain.map(({ cluster }) => cluster)).size, chain[0].cluster]).toEqual([2001, 1, chain[0].id]);
  const star = await clustersOf(engine, "select 0 as id_l, i::integer as id_r, 1e0 as probability from range(1, 2000) as t(i)");
  expect(star.at(-1)).toEqual({ id: 1999, cluster: 0, size: "2000" });
  const linked = await engine.relation("select 'crm' as source_l, 7 as id_l, 'shop' as source_r, 7 as id_r, 1e0 as probability");
  expect(await engine.rows(clusters(linked, ["source", "id"], 0.5), "order by source")).toEqual([{ source: "crm", id: 7, cluster: "crm/7", size: "2" }, { source: "shop", id: 7, cluster: "crm/7", size: "2" }]);
  expect(() => clusters(linked, ["key"], 0.5)).toThrow(expect.objectContaining({ code: "MR-WRANGLE-001" }));
});

test("by the best pairs alone, a weaker pair joins no two groups that hang together by better ones", async () => {
  const engine = await TestEngine.open();
  const pairs = "select id_l, id_r, probability, weight from (values (1, 2, 1e0, 30e0), (3, 4, 1e0, 28e0), (2, 3, 0.97e0, 5e0), (5, 1, 0.96e0, 4.6e0), (6, 7, 0.4e0, -1e0)) as t(id_l, id_r, probability, weight)";
  const of = async (sql: string, join: "all" | "best") => (await engine.rows(clusters(await engine.relation(sql, "pairs"), ["id"], 0.5, join), "order by id")).map(({ id, cluster }) => `${id} in ${cluster}`);
  expect(await of(pairs, "all")).toEqual(["1 in 1", "2 in 1", "3 in 1", "4 in 1", "5 in 1"]);
  // 5 has nobody better than 1; 2 and 3 have.
  expect(await of(pairs, "best")).toEqual(["1 in 1", "2 in 1", "3 in 3", "4 in 3", "5 in 1"]);
  // Pairs that are as likely as one another join all of their rows.
  expect(await of("select i::integer as id_l, (i + 1)::integer as id_r, 0.9e0 as probability from range(5) as t(i)", "best")).toHaveLength(6);
  expect(new Set((await of("select i::integer as id_l, (i + 1)::integer as id_r, 0.9e0 as probability from range(5) as t(i)", "best")).map((text) => text.split(" ")[2])).size).toBe(1);
});
