/* A project for the pages of catalog, quality and plan: figures small enough to be known, words that mean harm, and more tables and columns than a page holds. */

/** Marks that turn, hide and escape what stands around them, and a megabyte behind them. */
export const hostileWords = `<img src=x onerror="window.harmed=1"><script>window.harmed=1</script> \u202egnol\u202c \u001b[31mred\u0007 ${"word ".repeat(200_000)}`;

export const manyTables = 1_000;
export const wideColumns = 1_000;
export const wideRows = 40;

const pipeline = `
import { externalTable, http, mart, notNull, range, sql, stage, table, topic, unique } from "millrace";
import { z } from "zod";
import { hostileWords } from "./hostile-words.ts";
const Order = z.object({ id: z.string(), customer: z.string().nullable(), amount: z.number() });
export const orders = topic("orders", { schema: Order, checks: [notNull("customer"), range("amount", { min: 0 })] });
export const intake = http("intake", { to: orders });
export const good = topic("orders.good", { schema: Order });
export const gate = stage("gate", { from: orders, to: good, failureLimit: { ratio: 1 }, run: (order, emit) => emit(order) });
export const kept = table("sales.orders", { from: good, commitEvery: "200ms", checks: [unique("id"), range("amount", { max: 100 }, { name: "usual amount" })] });
export const totals = table("sales.totals", { sql: sql\`select customer, sum(amount) as total from \${kept} group by customer\` });
export const wide = externalTable("raw.wide", { at: "wide.csv" });
export const hostile = externalTable("raw.hostile", { at: "hostile.csv" });
export const finance = mart("finance", { description: "What finance reads", readers: ["finance-team"], tables: { revenue: totals } });
export const harm = mart("harm", { description: hostileWords, readers: ["finance-team"], tables: { revenue: totals } });
`;

const many = `
import { table } from "millrace";
import { z } from "zod";
const Row = z.object({ id: z.int() });
export const all = Array.from({ length: ${manyTables} }, (_, i) => table(\`many.t\${String(i).padStart(4, "0")}\`, { schema: Row, writtenBy: "tasks" }));
`;

const cells = (row: number | undefined): (string | number)[] => Array.from({ length: wideColumns }, (_, i) => (row === undefined ? `c${String(i).padStart(4, "0")}` : row * wideColumns + i));
const wide = [undefined, ...Array.from({ length: wideRows }, (_, row) => row)].map((row) => cells(row).join(",")).join("\n");

export const catalogProject: Record<string, string> = {
  "pipeline.ts": pipeline,
  "hostile-words.ts": `export const hostileWords = ${JSON.stringify(hostileWords)};\n`,
  "millrace.config.ts": 'import { defineProject } from "millrace";\nexport default defineProject({ name: "shop", quality: { every: "200ms" } });\n',
  "many.pipeline.ts": many,
  "wide.csv": `${wide}\n`,
  "hostile.csv": `id,<b onclick=alert(1)>\u202eeman\u001b[0m\n1,<script>window.harmed=1</script>\u202e\u001b[31m\n2,${"x".repeat(1_000_000)}\n`,
};

/** What is sent first, and then: three good orders; another one of ann, and two that break the topic's checks. */
export const firstOrders = [{ id: "o1", customer: "ann", amount: 10 }, { id: "o2", customer: "bob", amount: 20 }, { id: "o3", customer: "bob", amount: 30 }];
export const moreOrders = [{ id: "o4", customer: "ann", amount: 500 }, { id: "o5", customer: null, amount: 5 }, { id: "o6", customer: "cy", amount: -1 }];
