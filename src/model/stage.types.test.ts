import { type } from "arktype";
import * as v from "valibot";
import { expectTypeOf, test } from "vitest";
import { z } from "zod";
import { count, day, files, first, http, jsonSchema, max, mean, quantile, reduce, sink, source, stage, sum, table, topic, tumbling } from "../index.ts";

const Flight = z.object({ date: z.iso.datetime(), delay: z.int(), share: z.number().nullable(), origin: z.string(), note: z.string().optional() });
type FlightRecord = { date: string; delay: number; share: number | null; origin: string; note?: string | undefined };

const flights = topic("flights", { schema: Flight, key: "origin", eventTime: "date" });
const delayed = topic("delayed", { schema: Flight.pick({ origin: true, delay: true }) });
const names = topic("names", { schema: z.object({ origin: z.string() }) });
const hourly = topic("hourly", { schema: z.object({ origin: z.string(), flights: z.int(), mean_delay: z.number().nullable() }) });

test("schemas of every library give the record's type", () => {
  stage("zod", { from: flights, to: names, run: (flight) => expectTypeOf(flight).toEqualTypeOf<FlightRecord>() });
  const valibot = topic("v", { schema: v.object({ a: v.string(), b: v.nullable(v.number()) }) });
  stage("valibot", { from: valibot, to: names, run: (record) => expectTypeOf(record).toEqualTypeOf<{ a: string; b: number | null }>() });
  const ark = topic("a", { schema: type({ a: "string", b: "number | null" }) });
  stage("arktype", { from: ark, to: names, run: (record) => expectTypeOf(record).toEqualTypeOf<{ a: string; b: number | null }>() });
  const literal = topic("j", { schema: { type: "object", properties: { a: { type: "string" }, b: { type: ["integer", "null"] }, c: { enum: ["x", "y"] }, d: { type: "array", items: { type: "boolean" } } }, required: ["a", "b"] } });
  stage("json", { from: literal, to: names, run: (record) => expectTypeOf(record).toEqualTypeOf<{ a: string; b: number | null; c?: "x" | "y"; d?: boolean[] }>() });
  const typed = topic("t", { schema: jsonSchema<{ a: string }>({ type: "object", properties: { a: { type: "string" } } }), key: "a" });
  stage("typed", { from: typed, to: names, run: (record) => expectTypeOf(record).toEqualTypeOf<{ a: string }>() });
});

test("a topic's key and event time are its fields", () => {
  // @ts-expect-error no such field
  topic("x", { schema: Flight, key: "origen" });
  // @ts-expect-error no text field
  topic("x", { schema: Flight, eventTime: "delay" });
});

test("emit takes the output's record", () => {
  stage("one", { from: flights, to: delayed, run: (flight, emit) => emit(flight) });
  stage("literal", { from: flights, to: delayed, run: (flight, emit) => emit({ origin: flight.origin, delay: 1 }, { key: "x" }) });
  // @ts-expect-error a field is missing
  stage("less", { from: names, to: delayed, run: (record, emit) => emit(record) });
  // @ts-expect-error a field has another type
  stage("wrong", { from: names, to: delayed, run: (record, emit) => emit({ origin: record.origin, delay: "1" }) });
});

test("with several outputs the alias chooses the record", () => {
  stage("both", {
    from: flights,
    to: { delayed, names },
    run: (flight, emit) => {
      emit("delayed", flight);
      emit("names", { origin: flight.origin });
      emit(flight.delay > 15 ? "delayed" : "names", flight);
      // @ts-expect-error no such output
      emit("other", flight);
      // @ts-expect-error not enough for that output
      emit("delayed", { origin: flight.origin });
      // @ts-expect-error not enough for one of the two
      emit(flight.delay > 15 ? "delayed" : "names", { origin: flight.origin });
    },
  });
});

test("several inputs come as a union, batches as arrays, async as it is", () => {
  stage("union", { from: [delayed, hourly], to: names, run: (record, emit) => emit({ origin: record.origin }) });
  stage("batch", { from: flights, to: names, runBatch: async (records, emit) => records.forEach((record) => emit(record)) });
  // @ts-expect-error exactly one of run, runBatch and aggregate
  const twice = () => stage("twice", { from: flights, to: names, run: () => {}, runBatch: () => {} });
  expectTypeOf(twice).toBeFunction();
});

test("what a keyed stage remembers has one type from its first record on", () => {
  stage("changes", {
    from: flights,
    to: names,
    init: () => ({ delay: 0 }),
    keepFor: "7d",
    runKeyed: (memory, flight, emit) => {
      expectTypeOf(memory).toEqualTypeOf<{ delay: number }>();
      if (flight.delay !== memory.delay) emit({ origin: flight.origin });
      return { delay: flight.delay };
    },
  });
  // @ts-expect-error it remembers a text and began with a number
  stage("other", { from: flights, to: names, init: () => 0, runKeyed: (_memory: number, flight) => flight.origin });
  // @ts-expect-error no such field
  stage("nowhere", { from: flights, to: names, by: "orign", init: () => 0, runKeyed: (memory: number) => memory });
});

test("aggregates name fields of the input, and result gets what they give", () => {
  stage("hourly", {
    from: flights,
    to: hourly,
    by: "origin",
    window: tumbling("1h"),
    aggregate: ({ reduce }) => ({
      flights: count(),
      mean_delay: mean("delay"),
      p95: quantile("share", 0.95),
      first_note: first("note"),
      places: reduce({ init: () => 0, add: (state, flight) => state + flight.origin.length }),
      longest: reduce({ init: () => "", add: (longest, { origin }) => (origin.length > longest.length ? origin : longest), result: (longest) => [longest] }),
    }),
    result: (row) => {
      expectTypeOf(row.origin).toEqualTypeOf<string>();
      expectTypeOf(row.window).toEqualTypeOf<{ start: string; end: string }>();
      expectTypeOf(row.flights).toEqualTypeOf<number>();
      expectTypeOf(row.mean_delay).toEqualTypeOf<number>();
      expectTypeOf(row.p95).toEqualTypeOf<number | null>();
      expectTypeOf(row.first_note).toEqualTypeOf<string | null>();
      expectTypeOf(row.places).toEqualTypeOf<number>();
      expectTypeOf(row.longest).toEqualTypeOf<string[]>();
      // @ts-expect-error not a field of the group
      row.delay;
      return { origin: row.origin, flights: row.flights, mean_delay: row.mean_delay };
    },
  });
  stage("running", {
    from: flights,
    to: hourly,
    aggregate: { flights: count(), mean_delay: max("delay"), total: reduce({ init: () => 0, add: (total: number, flight: FlightRecord) => total + flight.delay }) },
    result: (row) => {
      expectTypeOf(row.origin).toEqualTypeOf<string>();
      expectTypeOf(row.window).toEqualTypeOf<undefined>();
      expectTypeOf(row.total).toEqualTypeOf<number>();
      return { origin: row.origin, flights: row.flights, mean_delay: row.mean_delay };
    },
  });
  // @ts-expect-error not a number
  stage("text", { from: flights, to: hourly, aggregate: { total: sum("origin") } });
  // @ts-expect-error the function is for other records
  stage("other", { from: flights, to: hourly, aggregate: { total: reduce({ init: () => 0, add: (total: number, order: { amount: number }) => total + order.amount }) } });
  // @ts-expect-error no such field
  stage("nowhere", { from: flights, to: hourly, aggregate: { total: sum("dellay") } });
  // @ts-expect-error the result lacks a field of the output
  stage("short", { from: flights, to: hourly, aggregate: { total: sum("delay") }, result: (row) => ({ origin: row.origin }) });
});

test("tables, sources, sinks and connectors know their records", () => {
  table("lake.flights", { from: flights, partitionBy: [day("date")] });
  table("lake.rows", { schema: Flight, eventTime: "date", partitionBy: [day("date")] });
  // @ts-expect-error no such field
  table("lake.wrong", { from: flights, partitionBy: [day("dat")] });
  source("ticks", {
    to: names,
    read: async function* () {
      yield { records: [{ origin: "SFO" }], position: 1 };
    },
  });
  source("bad", {
    to: names,
    // @ts-expect-error not a record of the output
    read: async function* () {
      yield { records: [{ origin: 4 }], position: 1 };
    },
  });
  sink("out", { from: flights, write: async (records) => void expectTypeOf(records).toEqualTypeOf<FlightRecord[]>() });
  http("intake", { to: flights });
  files("replay", { to: flights, path: "x.parquet", orderBy: "date" });
  // @ts-expect-error no such field
  files("replay", { to: flights, path: "x.parquet", orderBy: "when" });
});
