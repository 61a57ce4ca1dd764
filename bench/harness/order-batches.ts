import type { Batch, BatchColumn, Vector } from "../../src/batch/batch.ts";
import { Strings } from "../../src/batch/strings.ts";

const customers = 10_000;
/** Orders of one minute of event time. */
const ordersPerMinute = 100_000;
const firstMs = Date.UTC(2026, 0, 1);
const countries = ["AT", "BE", "BR", "CA", "CH", "CN", "CZ", "DE", "DK", "ES", "FI", "FR", "GB", "IE", "IN", "IT", "JP", "KR", "MX", "NL", "NO", "NZ", "PL", "PT", "SE", "SG", "TR", "US", "ZA", "AU"];
const currencies = ["EUR", "USD", "GBP", "JPY", "CHF"];
const channels = ["web", "app", "shop", "phone"];

/**
 * Orders `first` (inclusive) to `first + count`, the same ones in every run: ten columns, about 190 bytes as JSON. See
 * projects/order-schema.ts for what they are.
 */
export function orderBatch(first: number, count: number): Batch {
  const numbers = (of: (n: number) => number): Vector => ({ kind: "f64", values: Float64Array.from({ length: count }, (_, i) => of(first + i)) });
  const whole = (of: (n: number) => number): Vector => ({ kind: "i32", values: Int32Array.from({ length: count }, (_, i) => of(first + i)) });
  const ids: Vector = { kind: "str", codes: Int32Array.from({ length: count }, (_, i) => i), dictionary: Strings.of(Array.from({ length: count }, (_, i) => `o${String(first + i).padStart(9, "0")}`)) };
  const customer = picked(first, count, 1, customers, (code) => `c${String(code).padStart(5, "0")}`);
  const at = numbers((n) => firstMs + Math.floor((n * 60_000) / ordersPerMinute)) as Extract<Vector, { kind: "f64" }>;
  const columns: BatchColumn[] = [
    { name: "id", type: "string", vector: ids },
    { name: "customer", type: "string", vector: customer },
    { name: "amount", type: "number", vector: numbers((n) => (chance(n, 2) % 200_000) / 100) },
    { name: "quantity", type: "integer", vector: whole((n) => 1 + (chance(n, 3) % 12)) },
    { name: "at", type: "timestamp", vector: at },
    { name: "country", type: "string", vector: picked(first, count, 4, countries.length, (code) => countries[code]) },
    { name: "currency", type: "string", vector: picked(first, count, 5, currencies.length, (code) => currencies[code]) },
    { name: "channel", type: "string", vector: picked(first, count, 6, channels.length, (code) => channels[code]) },
    { name: "discount", type: "number", vector: numbers((n) => (chance(n, 7) % 30) / 100) },
    { name: "gift", type: "boolean", vector: { kind: "bool", values: Uint8Array.from({ length: count }, (_, i) => (chance(first + i, 8) % 10 === 0 ? 1 : 0)) } },
  ];
  return { count, columns, eventTime: at.values, keys: customer };
}

/** Text of a small dictionary, with the entries in the order in which they are met, as a writer of records would make it. */
function picked(first: number, count: number, column: number, choices: number, text: (code: number) => string): Extract<Vector, { kind: "str" }> {
  const known = new Int32Array(choices).fill(-1);
  const entries: string[] = [];
  const codes = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const choice = chance(first + i, column) % choices;
    if (known[choice] < 0) known[choice] = entries.push(text(choice)) - 1;
    codes[i] = known[choice];
  }
  return { kind: "str", codes, dictionary: Strings.of(entries) };
}

/** A whole number from 0, below 2 ** 31, that looks random and is the same each time. */
function chance(n: number, column: number): number {
  let h = Math.imul(n + 1, 0x9e37_79b1) ^ Math.imul(column, 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 16), 0x21f0_aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a_2d97);
  return (h ^ (h >>> 15)) >>> 1;
}
