import { MillraceError } from "../errors.ts";

/** From `at` on (milliseconds since 1970 UTC) the zone's clocks are `offsetMs` ahead of UTC. */
interface Span {
  at: number;
  offsetMs: number;
}

/** What becomes of a time on the wall: no instant when the clocks jump over it, two when they show it twice. */
export type Instants = { kind: "one"; at: number } | { kind: "fold"; first: number; second: number } | { kind: "gap"; at: number; beforeMs: number; afterMs: number };

const hourMs = 3_600_000;
/**
 * Clocks are looked at this often when a change is searched for; two within it would hide each other. The nearest two of
 * any zone are 167 hours apart (tz 2026f, all 598 zones; Recife in October 2000).
 */
const stepMs = 24 * hourMs;
/** Further than any clock is from UTC. */
const offsetMax = 16 * hourMs;

/**
 * A zone of the tz database that Node brings. A time on the wall is written as the milliseconds since 1970 that it would
 * be in UTC, so that its fields can be read with the `getUTC…` of a Date.
 */
export class Zone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;
  readonly #years = new Map<number, Span[]>();

  private constructor(name: string, format: Intl.DateTimeFormat) {
    this.name = name;
    this.#format = format;
  }

  static readonly #known = new Map<string, Zone>();

  /** @throws MillraceError `MR-MODEL-010` when the tz database knows no such zone */
  static of(name: string): Zone {
    let zone = Zone.#known.get(name);
    if (!zone) Zone.#known.set(name, (zone = new Zone(name, formatOf(name))));
    return zone;
  }

  /** How far the zone's clocks are ahead of UTC, in milliseconds. */
  offsetMs(utcMs: number): number {
    const spans = this.#spans(new Date(utcMs).getUTCFullYear());
    let i = spans.length - 1;
    while (i > 0 && spans[i].at > utcMs) i--;
    return spans[i].offsetMs;
  }

  wallOf(utcMs: number): number {
    return utcMs + this.offsetMs(utcMs);
  }

  instantsOf(wallMs: number): Instants {
    const spans = this.#between(wallMs - offsetMax, wallMs + offsetMax);
    if (spans.length === 1) return { kind: "one", at: wallMs - spans[0].offsetMs };
    const found = spans.flatMap(({ at, offsetMs }, i) => {
      const utc = wallMs - offsetMs;
      return utc >= at && utc < (spans[i + 1]?.at ?? Infinity) ? [utc] : [];
    });
    if (found.length > 1) return { kind: "fold", first: found[0], second: found[found.length - 1] };
    if (found.length === 1) return { kind: "one", at: found[0] };
    const after = spans.findIndex(({ at, offsetMs }, i) => i > 0 && wallMs >= at + spans[i - 1].offsetMs && wallMs < at + offsetMs);
    return { kind: "gap", at: spans[after].at, beforeMs: spans[after - 1].offsetMs, afterMs: spans[after].offsetMs };
  }

  /** Whether the clocks change between the two instants. */
  changesBetween(fromMs: number, toMs: number): boolean {
    return this.#between(fromMs, toMs).length > 1;
  }

  /** The span that holds at `fromMs` and those that begin up to `toMs`. */
  #between(fromMs: number, toMs: number): Span[] {
    const [first, last] = [new Date(fromMs).getUTCFullYear(), new Date(toMs).getUTCFullYear()];
    if (first === last && this.#spans(first).length === 1) return this.#spans(first);
    const spans = first === last ? this.#spans(first) : [...this.#spans(first), ...this.#spans(last).slice(1)];
    const from = spans.findLastIndex(({ at }) => at <= fromMs);
    return spans.slice(Math.max(0, from)).filter(({ at }) => at <= toMs);
  }

  /** What the clocks show from the year's first instant to its last; the first span reaches back without end. */
  #spans(year: number): Span[] {
    let spans = this.#years.get(year);
    if (!spans) this.#years.set(year, (spans = this.#findSpans(Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1))));
    return spans;
  }

  #findSpans(fromMs: number, toMs: number): Span[] {
    const spans: Span[] = [{ at: -Infinity, offsetMs: this.#read(fromMs) }];
    // The last look is at the year's last millisecond: a change on the stroke of the new year is the new year's own.
    for (let at = fromMs; at < toMs; at += stepMs) {
      const before = spans[spans.length - 1].offsetMs;
      const next = Math.min(at + stepMs, toMs - 1);
      const after = this.#read(next);
      if (after !== before) spans.push({ at: this.#change(at, next, before), offsetMs: after });
    }
    const atStart = this.#read(fromMs - 1);
    return atStart === spans[0].offsetMs ? spans : [{ at: -Infinity, offsetMs: atStart }, { ...spans[0], at: fromMs }, ...spans.slice(1)];
  }

  /** The first millisecond in `(low, high]` at which the offset is no longer `before`. */
  #change(low: number, high: number, before: number): number {
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#read(middle) === before) low = middle;
      else high = middle;
    }
    return high;
  }

  #read(utcMs: number): number {
    const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
    for (const { type, value } of this.#format.formatToParts(utcMs)) parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(utcMs / 1_000) * 1_000;
  }
}

function formatOf(name: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: name, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" });
  } catch {
    throw new MillraceError("MR-MODEL-010", { what: `there is no time zone ${JSON.stringify(name)}`, where: "a schedule", mend: 'name a zone of the tz database, such as "Europe/Zurich" or "UTC"' });
  }
}
