import type { SummaryQuery } from "millrace";

/** What is printed when every flight has arrived. Each figure equals that of the same query over the source file. */
export const summary: SummaryQuery[] = [
  {
    name: "totals",
    title: "Flights",
    sql: `select count(*) as flights, count(*) filter (where delay > 15) as delayed, round(avg(delay), 3) as mean_delay, max(delay) as max_delay,
            min(date) as first_flight, max(date) as last_flight
          from flights.clean`,
  },
  {
    name: "busiest_origins",
    title: "Busiest origins",
    sql: `select origin, count(*) as flights, round(avg(delay), 2) as mean_delay
          from flights.clean group by origin order by flights desc, origin limit 5`,
  },
  {
    name: "worst_routes",
    title: "Routes with the longest delays, of those with 100 delayed flights or more",
    sql: `select origin_city, destination_city, count(*) as delayed_flights, round(avg(delay), 1) as mean_delay, round(max(great_circle_km)) as km
          from flights.delayed_enriched group by origin, destination, origin_city, destination_city having count(*) >= 100
          order by mean_delay desc, origin, destination limit 5`,
  },
  {
    name: "worst_hours",
    title: "Hours with the longest delays, of those with 20 flights or more",
    sql: `select origin, hour, flights, round(mean_delay, 1) as mean_delay, max_delay, round(p95_delay, 1) as p95_delay
          from flights.hourly where flights >= 20 order by mean_delay desc, origin, hour limit 5`,
  },
];
