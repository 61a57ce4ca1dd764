import type { PoolView } from "../../server/dag-control.ts";
import { type CliContext, printJson } from "../context.ts";
import { countText } from "../output/number-text.ts";
import { plainText } from "../output/plain-text.ts";
import { tableText } from "../output/table-text.ts";
import { withClient } from "../with-client.ts";

export async function listPools(context: CliContext): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const pools = await client.pools();
    if (context.options.json) return printJson(context, { pools });
    const columns = [{ title: "pool" }, ...["slots", "used", "waiting"].map((title) => ({ title, align: "right" as const })), { title: "note" }];
    await context.print(tableText(columns, pools.map((pool) => [pool.name, slotsText(pool), countText(pool.used), countText(pool.waiting), pool.note ?? ""]), context));
  });
}

export async function setPool(context: CliContext, [name]: [string], { slots, note }: { slots: number; note?: string }): Promise<void> {
  await withClient(context, "running", async ({ client }) => {
    const pool = await client.setPool(name, slots, note);
    if (context.options.json) return printJson(context, pool);
    await context.print(`${plainText(pool.name)} has ${slotsText(pool)} ${pool.slots === 1 ? "slot" : "slots"}${pool.used > pool.slots && pool.slots >= 0 ? `; the ${countText(pool.used)} that go on end first` : ""}.\n`);
  });
}

const slotsText = ({ slots }: PoolView): string => (slots < 0 ? "unlimited" : countText(slots));
