import { expect, onTestFinished, test, vi } from "vitest";
import { MillraceError } from "../errors.ts";
import type { Claim, Claims, Standing } from "../state/shards.ts";
import { LeaseKeeper } from "./lease-keeper.ts";

const away = new MillraceError("MR-STATE-006", { what: "the store is away", where: "the test", mend: "wait", retryable: true });

/** Leases in memory, as a database keeps them; calls that `fails` says fail. */
class MemoryClaims implements Claims {
  readonly leaseMs = 60;
  fails: (call: keyof Claims) => boolean = () => false;
  readonly #rows = new Map<string, { holder: string | null; epoch: number; claimed: number; until: number }>();

  #ask(call: keyof Claims): void {
    if (this.fails(call)) throw away;
  }

  async beat(holder: string): Promise<Standing> {
    this.#ask("beat");
    for (const row of this.#rows.values()) if (row.holder === holder) row.until = Date.now() + this.leaseMs;
    const held = [...this.#rows].flatMap(([key, row]) => (row.holder === null ? [] : [{ key, epoch: row.claimed, holder: row.holder }]));
    return { planes: [{ holder, silentMs: 0 }], held };
  }

  async claim(holder: string, keys: readonly string[], most: number): Promise<Claim[]> {
    this.#ask("claim");
    for (const key of keys) if (!this.#rows.has(key)) this.#rows.set(key, { holder: null, epoch: 0, claimed: 0, until: 0 });
    const free = [...this.#rows].filter(([key, row]) => keys.includes(key) && (row.holder === null || row.until < Date.now())).slice(0, most);
    return free.map(([key, row]) => {
      Object.assign(row, { holder, epoch: row.epoch + 1, claimed: row.epoch + 1, until: Date.now() + this.leaseMs });
      return { key, epoch: row.claimed };
    });
  }

  async giveBack({ key, epoch }: Claim): Promise<void> {
    this.#ask("giveBack");
    const row = this.#rows.get(key);
    if (row?.claimed === epoch) Object.assign(row, { holder: null, epoch: row.epoch + 1, until: 0 });
  }

  async leave(holder: string): Promise<void> {
    for (const row of this.#rows.values()) if (row.holder === holder) row.holder = null;
  }
}

async function kept(claims: MemoryClaims, take: (claim: Claim) => Promise<void> = async () => undefined) {
  const held = new Set<string>();
  const warnings: string[] = [];
  const keeper = new LeaseKeeper({ claims, holder: "a", onlyLooks: false, logger: { warn: (_fields, text) => void warnings.push(text) } });
  onTestFinished(() => keeper.close());
  const drop = async ({ key }: Claim): Promise<void> => void held.delete(key);
  await keeper.add({ keys: ["x", "y"], take: async (claim) => (await take(claim), void held.add(claim.key)), part: drop, lose: drop }).catch(() => undefined);
  return { held, warnings };
}

const eventually = (holds: () => void): Promise<void> => vi.waitFor(holds, { timeout: 60_000, interval: 5 });

test("what was lost while the store was away, and could not be given back, is taken anew", async () => {
  const claims = new MemoryClaims();
  const { held, warnings } = await kept(claims);
  expect([...held]).toEqual(["x", "y"]);
  claims.fails = () => true;
  await eventually(() => expect(held.size).toBe(0));
  await eventually(() => expect(warnings.filter((text) => text.includes("could not be given back"))).toHaveLength(2));
  claims.fails = () => false;
  await eventually(() => expect([...held].sort()).toEqual(["x", "y"]));
});

test("what could not be begun, nor given back, is begun later, and holds up nothing beside it", async () => {
  const claims = new MemoryClaims();
  claims.fails = (call) => call === "giveBack";
  let failures = 0;
  const { held } = await kept(claims, async ({ key }) => {
    if (key === "x" && failures++ < 2) throw away;
  });
  expect([...held]).toEqual(["y"]);
  claims.fails = () => false;
  await eventually(() => expect([...held].sort()).toEqual(["x", "y"]));
  expect(failures).toBe(3);
});
