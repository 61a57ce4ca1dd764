import type { Anomaly } from "../../quality/watch/watch.ts";

/** One sentence for people: "added rows 12, usually 4,000 to 6,100". */
export function anomalyText({ metric, value, expected, usual }: Anomaly): string {
  const [from, to] = usual;
  if (metric.startsWith("time ")) return `${metric} ${durationText(value)}, usually ${durationText(expected)}`;
  if (metric.startsWith("distribution ")) return `${metric}: ${shareText(value)} of the rows lie elsewhere, usually up to ${shareText(to)}`;
  const text = metric.startsWith("nulls ") ? shareText : countText;
  return `${metric} ${text(value)}, usually ${text(from)} to ${text(to)}`;
}

const countText = (value: number): string => Math.round(value).toLocaleString("en");
const shareText = (value: number): string => `${(100 * Math.min(1, Math.max(0, value))).toFixed(1)} %`;

function durationText(ms: number): string {
  const units: [number, string][] = [[86_400_000, "days"], [3_600_000, "hours"], [60_000, "minutes"], [1_000, "seconds"]];
  const [unit, name] = units.find(([size]) => ms >= 2 * size) ?? units[units.length - 1];
  return `${(ms / unit).toFixed(ms / unit < 10 ? 1 : 0)} ${name}`;
}
