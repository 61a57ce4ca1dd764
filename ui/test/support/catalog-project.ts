/* A project for the pages of catalog and quality: figures small enough to be known, and words that mean harm. */

/** The name of a field that is no word. */
const hostileName = "<b onclick=alert(1)>\u202eeman\u001b[0m";

/** Marks that turn, hide and escape what stands around them, and a megabyte behind them. */
export const hostileWords = `<img src=x onerror="window.harmed=1"><script>window.harmed=1</script> \u202egnol\u202c \u001b[31mred\u0007 ${"word ".repeat(200_000)}`;

const pipeline = `
import { day, externalTable, http, mart, notNull, range, sql, stage, table, topic, unique } from "millrace";
import { z } from "zod";
import { hostileName, hostileWords } from "./hostile-words.ts";
const Order = z.object({ id: z.string(), customer: z.string().nullable(), amount: z.number(), at: z.iso.datetime() });
export const orders = topic("orders", { schema: Order, checks: [notNull("customer"), range("amount", { min: 0 })] });
export const intake = http("intake", { to: orders });
export const good = topic("orders.good", { schema: Order });
export const gate = stage("gate", { from: orders, to: good, failureLimit: { ratio: 1 }, run: (order, emit) => emit(order) });
export const kept = table("sales.orders", { from: good, partitionBy: [day("at")], commitEvery: "200ms", checks: [unique("id"), range("amount", { max: 100 }, { name: "usual amount" })] });
export const totals = table("sales.totals", { sql: sql\`select customer, sum(amount) as total from \${kept} group by customer\`, checks: [unique("customer")] });
export const regulars = table("sales.regulars", { dag: "later", sql: sql\`select customer, count(*) as orders from \${kept} group by all\` });
export const busy = table("sales.busy", { materialize: "view", sql: sql\`select customer from \${regulars} where orders > 10\` });
export const hostile = externalTable("raw.hostile", { at: "hostile.csv" });
export const strange = topic("strange", { schema: z.object({ [hostileName]: z.string() }) });
export const strangeIntake = http("strange-intake", { to: strange });
export const prices = externalTable("raw.prices", { at: "prices.csv", tags: ["<img src=x onerror=window.harmed=1>"] });
export const finance = mart("finance", { description: "What finance reads", readers: ["finance-team"], tables: { revenue: totals } });
export const harm = mart("harm", { description: hostileWords, readers: ["finance-team"], tables: { revenue: totals } });
`;

const prices = Array.from({ length: 300 }, (_, i) => `${i},${i % 50 === 0 ? "" : (i * i) % 997},${["red", "green", "blue"][i % 3]}`);

export const catalogProject: Record<string, string> = {
  "pipeline.ts": pipeline,
  "hostile-words.ts": `export const hostileWords = ${JSON.stringify(hostileWords)};\nexport const hostileName = ${JSON.stringify(hostileName)};\n`,
  "millrace.config.ts": 'import { defineProject } from "millrace";\nexport default defineProject({ name: "shop", quality: { every: "200ms" } });\n',
  "prices.csv": `id,price,colour\n${prices.join("\n")}\n`,
  "hostile.csv": `id,words\n1,<script>window.harmed=1</script>\u202e\u001b[31m\n2,${"x".repeat(1_000_000)}\n`,
};

/** What is sent first, and then: three good orders of two days; another one of ann on a third day, and two that break the topic's checks. */
export const firstOrders = [
  { id: "o1", customer: "ann", amount: 10, at: "2026-03-01T10:00:00.000Z" },
  { id: "o2", customer: "bob", amount: 20, at: "2026-03-01T11:00:00.000Z" },
  { id: "o3", customer: "bob", amount: 30, at: "2026-03-02T10:00:00.000Z" },
];
/** The one record of the topic that means harm. */
export const strangeRecord = { [hostileName]: "</td></table><script>window.harmed=1</script>\u202e\u001b[2J" };
export const moreOrders = [
  { id: "o4", customer: "ann", amount: 500, at: "2026-03-03T10:00:00.000Z" },
  { id: "o5", customer: null, amount: 5, at: "2026-03-03T10:00:00.000Z" },
  { id: "o6", customer: "cy", amount: -1, at: "2026-03-03T10:00:00.000Z" },
];
