import type { Aggregate } from "./definition.ts";
import type { WindowDecl } from "./manifest.ts";
import { invalid } from "./option-checks.ts";

const ops = new Set(["count", "sum", "mean", "min", "max", "quantile", "first", "last", "reduce"]);
const reserved = new Set(["window", "window_start", "window_end", "__proto__"]);

/** What can be said of an aggregation without its input's schema. */
export function checkAggregate(options: { aggregate: unknown; by?: unknown; window?: WindowDecl; allowedLateness?: unknown; result?: unknown }, where: string): void {
  const { aggregate, by, window, allowedLateness, result } = options;
  const entries = typeof aggregate === "object" && aggregate !== null ? Object.entries(aggregate as Record<string, Aggregate>) : [];
  if (entries.length === 0) throw invalid("`aggregate` names no aggregate", where, "write aggregate: { orders: count() }");
  for (const [name, each] of entries) checkOne(name, each, window, where);
  const strings = (value: unknown) => Array.isArray(value) && value.every((field) => typeof field === "string");
  if (by !== undefined && typeof by !== "string" && !strings(by)) throw invalid("`by` is not a list of fields", where, 'write by: "origin" or by: ["origin", "carrier"]');
  if (window !== undefined && !("kind" in window)) throw invalid("`window` is not a window", where, 'write tumbling("1h"), hopping("1h", "10m") or session("30m")');
  if (allowedLateness !== undefined && window === undefined) throw invalid("`allowedLateness` goes with a window", where, "add a window or remove it");
  if (result !== undefined && typeof result !== "function") throw invalid("`result` is not a function", where, "write result: (row) => ({ … })");
}

function checkOne(name: string, aggregate: Aggregate | undefined, window: WindowDecl | undefined, where: string): void {
  if (reserved.has(name)) throw invalid(`${JSON.stringify(name)} is no name for an aggregate`, where, "give it another name: this one is the window's");
  if (!aggregate || !ops.has(aggregate.op)) throw invalid(`aggregate ${JSON.stringify(name)} is none`, where, 'write count(), sum("field"), mean, min, max, quantile, first, last or reduce');
  if (aggregate.op === "reduce") {
    if (typeof aggregate.init !== "function" || typeof aggregate.add !== "function") throw invalid(`aggregate ${JSON.stringify(name)} has no init and add`, where, "give reduce({ init, add })");
    if (window?.kind === "session" && !aggregate.merge) throw invalid(`aggregate ${JSON.stringify(name)} has no merge`, where, "give reduce({ …, merge: (a, b) => … }): a record may join two sessions into one");
  }
}

/** The result where the user shapes none: one flat record. */
export function flatResult(row: { window?: { start: string; end: string }; [field: string]: unknown }): Record<string, unknown> {
  const { window, ...fields } = row;
  return window ? { ...fields, window_start: window.start, window_end: window.end } : fields;
}
