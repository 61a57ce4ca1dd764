import { type CronFields, parseCron } from "./cron-fields.ts";
import { Zone } from "./zone.ts";

/** What becomes of a tick at a time that the clocks jump over. */
export type GapPolicy = "shift" | "first-valid" | "skip";
/** Which of the two instants counts at which the clocks show a tick's time. */
export type FoldPolicy = "second" | "first" | "both";

export interface CronOptions {
  /** Of the tz database. Default "UTC". */
  timezone?: string;
  /**
   * `shift`: as much later as the clocks jump (Airflow's reading); `first-valid`: when the jump is over; `skip`: not at
   * all. Default `shift`.
   */
  gap?: GapPolicy;
  /** Default `second`, Airflow's reading. */
  fold?: FoldPolicy;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** Clocks have jumped by a whole day, where a country changed sides of the date line. */
const jumpMax = 25 * 3_600_000;
/** A 29 February that is a certain weekday comes every 28 years, and 40 with a century between. */
const yearsMax = 44;

/**
 * The ticks of a cron expression on the clocks of a zone: instants, each belonging to a time on the wall.
 *
 * Whether there is a tick at an instant depends on the expression and the zone alone, never on the tick before. Where no
 * hour is left out, there is one at every instant whose time fits: each of two equal hours, none in a gap. Else each time on
 * the wall that fits gives one tick, and the policies say when those are that come twice or not at all.
 *
 * Airflow steps from tick to tick instead: when several ticks of a day fall into a gap it gives the first alone. Here all come.
 */
export class Cron {
  readonly fields: CronFields;
  readonly zone: Zone;
  readonly #gap: GapPolicy;
  readonly #fold: FoldPolicy;

  /** @throws MillraceError `MR-MODEL-010` for an unknown zone, `MR-MODEL-011` for an expression that cannot be read */
  constructor(expression: string, { timezone = "UTC", gap = "shift", fold = "second" }: CronOptions = {}) {
    this.fields = parseCron(expression);
    this.zone = Zone.of(timezone);
    this.#gap = gap;
    this.#fold = fold;
  }

  /** The first tick after an instant; both in milliseconds since 1970. Undefined when none comes within 44 years. */
  next(afterMs: number): number | undefined {
    const quiet = !this.zone.changesBetween(afterMs - jumpMax, afterMs + jumpMax);
    let best: number | undefined;
    const end = afterMs + yearsMax * 366 * dayMs;
    for (let wall = this.#match(this.zone.wallOf(afterMs) - (quiet ? 0 : jumpMax), 1); wall !== undefined && wall < end; wall = this.#match(wall + minuteMs, 1)) {
      for (const at of this.#ticks(wall)) if (at > afterMs && (best === undefined || at < best)) best = at;
      // Near a jump a later time on the wall may come first.
      if (best !== undefined && (wall > this.zone.wallOf(best) + jumpMax || !this.zone.changesBetween(best - jumpMax, best + jumpMax))) return best;
    }
    return best;
  }

  /** The last tick at or before an instant. */
  lastUntil(atMs: number): number | undefined {
    const quiet = !this.zone.changesBetween(atMs - jumpMax, atMs + jumpMax);
    let best: number | undefined;
    const end = atMs - yearsMax * 366 * dayMs;
    for (let wall = this.#match(this.zone.wallOf(atMs) + (quiet ? 0 : jumpMax), -1); wall !== undefined && wall > end; wall = this.#match(wall - minuteMs, -1)) {
      for (const at of this.#ticks(wall)) if (at <= atMs && (best === undefined || at > best)) best = at;
      if (best !== undefined && (wall < this.zone.wallOf(best) - jumpMax || !this.zone.changesBetween(best - jumpMax, best + jumpMax))) return best;
    }
    return best;
  }

  /** The instants that belong to a time on the wall which fits. */
  #ticks(wall: number): number[] {
    const instants = this.zone.instantsOf(wall);
    switch (instants.kind) {
      case "one":
        return [instants.at];
      case "fold":
        if (this.fields.everyHour || this.#fold === "both") return [instants.first, instants.second];
        return [this.#fold === "first" ? instants.first : instants.second];
      case "gap":
        if (this.fields.everyHour || this.#gap === "skip") return [];
        // The clock that did not jump would show it then.
        return [this.#gap === "shift" ? wall - instants.beforeMs : instants.at];
    }
  }

  /** The nearest time on the wall that fits, from `wall` on forwards (1) or backwards (-1), `wall` among them. */
  #match(wall: number, direction: 1 | -1): number | undefined {
    const { minutes, hours } = this.fields;
    const start = Math.floor(wall / minuteMs) * minuteMs + (direction === 1 && wall % minuteMs !== 0 ? minuteMs : 0);
    let day = Math.floor(start / dayMs) * dayMs;
    let from = Math.floor((start - day) / minuteMs);
    for (let days = 0; days < yearsMax * 366; days++) {
      if (this.#fits(day)) {
        for (let minute = from; minute >= 0 && minute < 1_440; minute += direction) {
          if (hours.has(Math.floor(minute / 60)) && minutes.has(minute % 60)) return day + minute * minuteMs;
        }
      }
      day += direction * dayMs;
      from = direction === 1 ? 0 : 1_439;
    }
    return undefined;
  }

  /** Whether a day on the wall fits; `dayMs` is its midnight. */
  #fits(midnight: number): boolean {
    const { days, months, weekdays, nthWeekdays, lastDay, eitherDay } = this.fields;
    const date = new Date(midnight);
    if (!months.has(date.getUTCMonth() + 1)) return false;
    const day = date.getUTCDate();
    const isLast = new Date(midnight + dayMs).getUTCDate() === 1;
    const byDay = days.has(day) || (lastDay && isLast);
    const weekday = date.getUTCDay();
    const isNth = ({ weekday: wanted, nth }: { weekday: number; nth: number }): boolean => wanted === weekday && (nth > 0 ? Math.ceil(day / 7) === nth : new Date(midnight + 7 * dayMs).getUTCMonth() !== date.getUTCMonth());
    const byWeekday = weekdays.has(weekday) || nthWeekdays.some(isNth);
    return eitherDay ? byDay || byWeekday : byDay && byWeekday;
  }
}
