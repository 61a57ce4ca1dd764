import { drainBenchmark } from "./harness/drain-benchmark.ts";
import { jsonBaseline } from "./harness/json-baseline.ts";

export const qualityStream = drainBenchmark({
  name: "quality.stream",
  what: "ten checks on each record of ten columns before a stage that passes it on; one in a hundred is put into quarantine; durable",
  reach: ">= 0.5 M records/s per core",
  project: "checked",
  stage: "gate",
  outputs: ["orders.checked", "gate.dlq"],
  records: 4_000_000,
  baseline: "the same checks written by hand between parsing and printing JSON, in memory",
  measureBaseline: (records) => jsonBaseline(records, (order) => (holds(order) ? order : { ...order, quarantine: true })),
  check: ({ inputHash, outputHash }) => {
    if (inputHash !== outputHash) throw new Error(`records in: ${inputHash}; records that went on and in quarantine: ${outputHash}`);
  },
});

const currencies = new Set(["EUR", "USD", "GBP", "JPY", "CHF"]);

interface Order {
  id: string | null;
  customer: string;
  amount: number;
  quantity: number;
  at: string;
  country: string;
  currency: string;
  discount: number;
}

function holds({ id, customer, amount, quantity, at, country, currency, discount }: Order): boolean {
  const time = Date.parse(at);
  return id !== null && /^o\d{9}$/.test(id) && customer.length === 6 && amount >= 0 && amount < 1_980 && quantity >= 1 && quantity <= 12 && time >= 1.58e12 && time < 4.1e12 && /^[A-Z]{2}$/.test(country) && currencies.has(currency) && discount <= 0.29 && typeof amount === "number";
}
