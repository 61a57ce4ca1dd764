const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** Whole counts with separators: 3,000,000. Unknown is a dash, never zero. */
export const countText = (value: number | null | undefined): string => (value === null || value === undefined ? "–" : Math.round(value).toLocaleString("en"));

/** `1 row`, `3,000 rows`. */
export const counted = (value: number | null | undefined, one: string): string => `${countText(value)} ${value === 1 ? one : `${one}s`}`;

/** Short: 3.2 k, 1.4 M. */
export function shortCount(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (Math.abs(value) < 1_000) return String(Number(value.toFixed(value < 10 ? 1 : 0)));
  for (const [size, sign] of [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]] as const) if (Math.abs(value) >= size) return `${(value / size).toFixed(value / size < 10 ? 1 : 0)} ${sign}`;
  return String(value);
}

export const rateText = (perSecond: number): string => `${shortCount(perSecond)}/s`;

/** @param bytes - 0 and more */
export function bytesText(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return "–";
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** step;
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[step]}`;
}

/** 340 ms, 12.3 s, 4 min 10 s, 2 h 5 min, 3 d 4 h. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const whole = Math.round(seconds);
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3_600)} h`;
}

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const instant = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { month: "short", day: "2-digit" });

/** A moment in the viewer's zone to the minute, for where no element can stand. */
export const instantText = (at: string): string => instant.format(new Date(at));

/** Its day alone: Jan 31. */
export const dayText = (at: string): string => day.format(new Date(at));

/** What is told on hover of a moment that is shown in the viewer's zone: 2001-01-31 06:00:00Z (UTC); shown in Europe/Berlin. */
export const utcText = (at: string | number | Date): string => `${new Date(at).toISOString().replace("T", " ").replace(".000", "")} (UTC); shown in ${zone}`;
