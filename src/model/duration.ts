import { MillraceError } from "../errors.ts";

const unitMs: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const form = /^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$/;
const part = /(\d+(?:\.\d+)?)(ms|[smhdw])/g;

/**
 * Milliseconds of a duration: `"250ms"`, `"5m"`, `"1h30m"`, `"7d"`, `"2w"`. A day is 24 hours.
 *
 * @param where - what is being read, for the error: `stage "hourly", window size`
 * @returns whole milliseconds, 1 or more
 * @throws MillraceError `MR-MODEL-005`
 */
export function durationMs(text: string, where: string): number {
  if (typeof text !== "string" || !form.test(text)) throw unreadable(text, where);
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(part)) sum += Number(amount) * unitMs[unit];
  if (sum < 1 || !Number.isSafeInteger(sum)) throw unreadable(text, where);
  return sum;
}

/** The shortest exact text of a duration: the inverse of `durationMs`. */
export function durationText(ms: number): string {
  let rest = ms;
  let text = "";
  for (const unit of ["d", "h", "m", "s", "ms"]) {
    const amount = Math.floor(rest / unitMs[unit]);
    rest -= amount * unitMs[unit];
    if (amount > 0) text += `${amount}${unit}`;
  }
  return text || "0ms";
}

function unreadable(text: unknown, where: string): MillraceError {
  return new MillraceError("MR-MODEL-005", {
    what: `${JSON.stringify(text)} is not a duration of at least 1ms`,
    where,
    mend: 'write a number and a unit (ms, s, m, h, d, w), as "5m" or "1h30m"',
  });
}
