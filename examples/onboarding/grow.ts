import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";

/*
 * Plays the shop: writes what its systems put down on one day, always the same for the same day.
 *
 *   node examples/onboarding/grow.ts 3      the days 1 to 3, one every two seconds
 */

const countries = ["NL", "DE", "FR"];
const skus = ["lamp", "chair", "desk", "rug"];
const ordersADay = 40;

/** @param day - from 1, of January 2026 */
export async function grow(raw: string, day: number): Promise<void> {
  const date = `2026-01-${String(day).padStart(2, "0")}`;
  await put(join(raw, `orders/${date}.csv`), ordersOf(day, date));
  const visits = visitsOf(day, date);
  // Yesterday's log is whole, and packed.
  await (day % 2 === 1 ? put(join(raw, `visits/${date}.ndjson.gz`), gzipSync(visits)) : put(join(raw, `visits/${date}.ndjson`), visits));
  await putStock(join(raw, `stock/day=${date}/part-0.parquet`), day);
}

/** The till is of a country with commas, and of the third day on it knows coupons. */
function ordersOf(day: number, date: string): string {
  const lines = Array.from({ length: ordersADay }, (_, i) => {
    const amount = `${(i * 7 + day) % 90},${String((i * 13) % 100).padStart(2, "0")}`;
    const cells = [day * 1_000 + i, `"customer ${i % 9}; ${countries[i % 3]}"`, countries[i % 3], amount, date];
    return (day < 3 ? cells : [...cells, i % 5 === 0 ? "WINTER" : ""]).join(";");
  });
  return `${["order", "customer", "country", "amount", "placed", ...(day < 3 ? [] : ["coupon"])].join(";")}\n${lines.join("\n")}\n`;
}

function visitsOf(day: number, date: string): string {
  const visits = Array.from({ length: 30 }, (_, i) => ({
    id: day * 1_000 + i,
    at: `${date}T${String(i % 24).padStart(2, "0")}:00:00Z`,
    user: { id: i % 7, country: countries[(i + day) % 3], ...(day < 3 ? {} : { language: "en" }) },
    spent: i % 4 === 0 ? `${i}.50` : i / 4,
    items: skus.slice(0, i % 4).map((sku, n) => ({ sku, units: n + 1 })),
  }));
  return `${visits.map((visit) => JSON.stringify(visit)).join("\n")}\n`;
}

async function putStock(path: string, day: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const rows = skus.map((sku, i) => `('${sku}', ${100 - day * (i + 1)})`);
  await connection.run(`copy (select * from (values ${rows.join(", ")}) as stock(sku, units)) to '${path.replaceAll("'", "''")}.new' (format parquet)`);
  connection.closeSync();
  instance.closeSync();
  await rename(`${path}.new`, path);
}

/** Under another name first: nobody sees a file that is half written. */
async function put(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(join(dirname(path), "_new"), content);
  await rename(join(dirname(path), "_new"), path);
}

if (import.meta.filename === process.argv[1]) {
  const raw = fileURLToPath(new URL("./raw", import.meta.url));
  for (let day = 1; day <= Number(process.argv[2] ?? 3); day++) {
    await grow(raw, day);
    console.log(`day ${day} is in ${raw}`);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
}
