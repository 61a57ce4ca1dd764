import { count, cron, dag, day, files, http, max, mean, quantile, reject, stage, table, topic, tumbling, within } from "millrace";
import { z } from "zod";
import { greatCircleKm, readAirports } from "./airports.ts";

/** The data of the npm package vega-datasets: 3,000,000 flights within the United States, January to June 2001. */
export const dataset = (file: string) => new URL(`../data/${file}`, import.meta.resolve("vega-datasets"));

const Flight = z.object({
  date: z.iso.datetime(),
  /** Minutes; below zero: early. */
  delay: z.int(),
  /** Miles. */
  distance: z.int(),
  origin: z.string(),
  destination: z.string(),
});

const EnrichedFlight = z.object({
  ...Flight.shape,
  origin_city: z.string(),
  origin_state: z.string(),
  origin_latitude: z.number(),
  origin_longitude: z.number(),
  destination_city: z.string(),
  destination_state: z.string(),
  destination_latitude: z.number(),
  destination_longitude: z.number(),
  great_circle_km: z.number(),
});

const HourlyDelays = z.object({
  origin: z.string(),
  hour: z.iso.datetime(),
  flights: z.int(),
  mean_delay: z.number(),
  max_delay: z.int(),
  p95_delay: z.number(),
});

export const flights = topic("flights", { schema: Flight, key: "origin", eventTime: "date", partitions: 4 });
export const delayed = topic("flights.delayed", { schema: Flight, key: "origin", eventTime: "date", partitions: 4 });
export const onTime = topic("flights.on_time", { schema: Flight, key: "origin", eventTime: "date", partitions: 4 });
export const delayedEnriched = topic("flights.delayed_enriched", { schema: EnrichedFlight, key: "origin", eventTime: "date", partitions: 4 });
export const hourly = topic("flights.hourly", { schema: HourlyDelays, key: "origin", eventTime: "hour", partitions: 4 });

/** Replays history in order of event time. A number as `speed` replays that many times faster than the flights took off. */
export const replay = files("flights-replay", { to: flights, path: dataset("flights-3m.parquet"), orderBy: "date", speed: "max" });

/** Takes single flights beside the replay: POST /ingest/flights-intake */
export const intake = http("flights-intake", { to: flights });

export const routeFlights = stage("route-flights", {
  from: flights,
  to: { delayed, onTime },
  run: (flight, emit) => emit(flight.delay > 15 ? "delayed" : "onTime", flight),
});

const airports = readAirports(dataset("airports.csv"));

const airport = (code: string) => airports.get(code) ?? reject(`unknown airport ${code}`);

export const enrichDelayed = stage("enrich-delayed", {
  from: delayed,
  to: delayedEnriched,
  run: (flight, emit) => {
    const from = airport(flight.origin);
    const to = airport(flight.destination);
    emit({
      date: flight.date,
      delay: flight.delay,
      distance: flight.distance,
      origin: flight.origin,
      destination: flight.destination,
      origin_city: from.city,
      origin_state: from.state,
      origin_latitude: from.latitude,
      origin_longitude: from.longitude,
      destination_city: to.city,
      destination_state: to.state,
      destination_latitude: to.latitude,
      destination_longitude: to.longitude,
      great_circle_km: greatCircleKm(from, to),
    });
  },
});

export const hourlyDelays = stage("hourly-delays", {
  from: flights,
  to: hourly,
  by: "origin",
  window: tumbling("1h"),
  aggregate: { flights: count(), mean_delay: mean("delay"), max_delay: max("delay"), p95_delay: quantile("delay", 0.95) },
  result: ({ window, ...row }) => ({ ...row, hour: window.start }),
});

export const cleanTable = table("flights.clean", { from: flights, partitionBy: [day("date")] });
export const delayedEnrichedTable = table("flights.delayed_enriched", { from: delayedEnriched, partitionBy: [day("date")] });
export const hourlyTable = table("flights.hourly", { from: hourly, partitionBy: [day("hour")] });

const RouteDay = z.object({
  interval_start: z.iso.datetime(),
  origin: z.string(),
  destination: z.string(),
  flights: z.int(),
  delayed: z.int(),
  delay_minutes: z.int(),
  worst_delay: z.int(),
});

export const dailyRoutes = table("flights.daily_routes", { schema: RouteDay, interval: "interval_start" });

/** Each day at six in New York: the routes of the day that has ended. Written per interval, so that a run again replaces what it wrote. */
export const daily = dag(
  "flights-daily",
  {
    schedule: cron("0 6 * * *", { timezone: "America/New_York" }),
    ...{ start: "2001-01-01", end: "2001-07-01", catchup: "all", maxActiveRuns: 8 },
    defaults: { retries: 3, retryDelay: "30s", backoff: "exponential", timeout: "10m" },
  },
  ({ task, sql, wait }) => {
    const there = wait("flights-are-in", { dataset: cleanTable });
    const routes = sql("routes", {
      after: [there],
      into: dailyRoutes,
      query: ({ interval }) => sql`
        select origin, destination, count(*) as flights, count(*) filter (delay > 15) as delayed, sum(delay)::bigint as delay_minutes, max(delay) as worst_delay
        from ${within(cleanTable, interval)} group by origin, destination`,
    });
    const worst = sql("worst-route", {
      after: [routes],
      query: ({ interval }) => sql`
        select origin, destination, worst_delay from ${within(dailyRoutes, interval)} where worst_delay > 0
        order by worst_delay desc, origin, destination limit 1`,
    });
    task(
      "letter",
      { routes, worst },
      async ({ routes, worst, interval, log }) => {
        const [late] = worst ?? [];
        const flown = routes?.rows ? `${routes.rows} routes were flown` : "nobody flew";
        const text = `${flown} in the day before ${interval.end}${late ? `; the worst delay was ${late.worst_delay} minutes, from ${late.origin} to ${late.destination}` : ""}`;
        log.info(text);
        return text;
      },
      { trigger: "none_failed_min_one_success" },
    );
  },
);
