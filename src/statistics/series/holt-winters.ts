import { requireCount, requireParameter } from "../refuse.ts";

/** How fast each part follows the series, 0 to 1. */
export interface HoltWintersRates {
  /** Of the level: alpha. */
  level: number;
  /** Of the trend: beta, as a share of the level's own step. */
  trend: number;
  /** Of the season: gamma. */
  season: number;
}

/** Where a series stands: what the next values are told from. */
export interface HoltWintersLevel {
  level: number;
  trend: number;
  /** Of each place of the season, what it adds to the level. The next value's place is the first. */
  season: number[];
}

/** What the next value is expected to be. */
export function forecast({ level, trend, season }: HoltWintersLevel): number {
  return level + trend + season[0];
}

/**
 * Takes the next value in: additive trend and season (Holt 1957, Winters 1960; the recurrences as in Hyndman and Athanasopoulos, "Forecasting: Principles
 * and Practice", 8.3). For a season that grows with the level, hand in logarithms.
 */
export function advance(at: HoltWintersLevel, value: number, { level: alpha, trend: beta, season: gamma }: HoltWintersRates): HoltWintersLevel {
  const level = alpha * (value - at.season[0]) + (1 - alpha) * (at.level + at.trend);
  const trend = beta * (level - at.level) + (1 - beta) * at.trend;
  const place = gamma * (value - at.level - at.trend) + (1 - gamma) * at.season[0];
  return { level, trend, season: [...at.season.slice(1), place] };
}

/**
 * Where a series stands before its first value: the average trend from one season to the next, and what each place of the season is about the level on
 * average.
 *
 * @param values - finite, at least two periods
 * @param average - the mean, or the median where outliers are not to count
 */
export function startingLevel(values: Float64Array, period: number, average: (values: Float64Array) => number): HoltWintersLevel {
  requireCount(values.length, 2 * period, "Holt-Winters");
  const trend = average(Float64Array.from({ length: values.length - period }, (_, i) => (values[i + period] - values[i]) / period));
  const flat = values.map((value, i) => value - trend * i);
  const places = Array.from({ length: period }, (_, place) => average(flat.filter((_, i) => i % period === place)));
  const level = places.reduce((sum, place) => sum + place / period, 0);
  return { level: level - trend, trend, season: places.map((place) => place - level) };
}

/** The sum of the absolute errors of forecasts one step ahead. */
export function absoluteError(values: Float64Array, start: HoltWintersLevel, rates: HoltWintersRates): number {
  // The same recurrences as `advance`, over one season that turns in place: this is run some hundred times.
  let { level, trend } = start;
  const season = Float64Array.from(start.season);
  let error = 0;
  for (const [i, value] of values.entries()) {
    const place = i % season.length;
    const expected = level + trend;
    error += Math.abs(value - expected - season[place]);
    const next = rates.level * (value - season[place]) + (1 - rates.level) * expected;
    season[place] = rates.season * (value - expected) + (1 - rates.season) * season[place];
    trend = rates.trend * (next - level) + (1 - rates.trend) * trend;
    level = next;
  }
  return error;
}

/**
 * The rates of the least absolute error among those of a grid that is made finer four times around its best: the same series gives the same rates, and no
 * single outlier decides. Approximate.
 *
 * @param values - finite, at least two periods
 */
export function fitRates(values: Float64Array, start: HoltWintersLevel): HoltWintersRates {
  let best = { rates: { level: 0.3, trend: 0.05, season: 0.1 }, error: Number.POSITIVE_INFINITY };
  let [centre, step] = [{ level: 0.5, trend: 0.5, season: 0.5 }, 0.25];
  for (let round = 0; round < 5; round++, step /= 2) {
    for (const level of around(centre.level, step)) {
      for (const trend of around(centre.trend, step)) {
        for (const season of around(centre.season, step)) {
          const rates = { level, trend, season };
          const error = absoluteError(values, start, rates);
          if (error < best.error) best = { rates, error };
        }
      }
    }
    centre = best.rates;
  }
  return best.rates;
}

export function requireRates(rates: HoltWintersRates): void {
  for (const [name, rate] of Object.entries(rates)) requireParameter(rate >= 0 && rate <= 1, `Holt-Winters, rate of the ${name}`, `${rate}`, "give a number from 0 to 1");
}

/** Not so little that the forecast could not follow the series later, nor all. */
const around = (centre: number, step: number): number[] => [centre - step, centre, centre + step].map((rate) => Math.min(0.99, Math.max(0.03, rate)));
