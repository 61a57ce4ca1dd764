import { check, notNull, rows, sql, table, unique, within } from "millrace";
import { cleanTable } from "./pipeline.ts";

/* The same tables as those of the stages and the DAG, as models: one statement each. `millrace run 'marts.*'` builds them. */

export const late = table("marts.late_flights", {
  materialize: "view",
  description: "Flights that came more than a quarter of an hour late.",
  sql: sql`select * from ${cleanTable} where delay > 15`,
});

export const hourly = table("marts.hourly", {
  description: "Delays by origin and hour, as the stage hourly-delays reckons them on the stream.",
  sql: sql`
    select origin, date_trunc('hour', date) as hour, count(*) as flights, avg(delay) as mean_delay, max(delay) as max_delay, quantile_cont(delay, 0.95) as p95_delay
    from ${cleanTable} group by all`,
  checks: [unique(["origin", "hour"]), notNull("origin"), check("hours_are_whole", sql`select hour from ${rows} where minute(hour) <> 0`)],
  columns: { p95_delay: "Nineteen of twenty flights were no later, in minutes." },
});

export const routes = table("marts.routes", {
  description: "Flights by day and route.",
  dag: "models.routes",
  interval: "day",
  sql: ({ interval }) => sql`
    select origin, destination, count(*) as flights, count(*) filter (where delay > 15) as late, sum(delay)::bigint as delay_minutes
    from ${within(cleanTable, interval)} group by all`,
  checks: [unique(["day", "origin", "destination"])],
});

export const airports = table("marts.airports", {
  description: "One row for each airport that flights leave from.",
  sql: sql`
    select origin, sum(flights)::bigint as flights, max(max_delay) as worst_delay, round(sum(mean_delay * flights) / sum(flights), 3) as mean_delay
    from ${hourly} group by origin`,
  checks: [unique("origin")],
  tags: ["small"],
  unitTests: {
    "hours weigh as many flights as they have": {
      given: [[hourly, [{ origin: "ORD", flights: 1, mean_delay: 10, max_delay: 10 }, { origin: "ORD", flights: 3, mean_delay: 2, max_delay: 5 }]]],
      expect: [{ origin: "ORD", flights: 4, worst_delay: 10, mean_delay: 4 }],
    },
  },
});
