import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { topic } from "../../model/topic.ts";
import { rollingMad as overTable } from "../../statistics/series/rolling-mad.ts";
import { holtWinters as seasonalOverTable } from "../../statistics/series/seasonal-detector.ts";
import { detect, holtWinters, rollingMad, type StreamMethod } from "./detect.ts";

const readings = topic("readings", { schema: z.object({ sensor: z.string(), n: z.int(), celsius: z.number().nullable() }), key: "sensor" });
const odd = topic("readings.odd", { schema: z.object({ sensor: z.string(), n: z.int(), score: z.number() }), key: "sensor" });

/** What the stage emits for a series that comes record by record; its memory is written down and read where `restarts` says. */
function streamed(method: StreamMethod, values: readonly (number | null)[], restarts: readonly boolean[] = []): number[] {
  const { runKeyed, init } = detect("odd-readings", { from: readings, to: odd, value: (r) => r.celsius, method, result: ({ sensor, n }, { score }) => ({ sensor, n, score }) });
  const emitted: number[] = [];
  let memory = init?.();
  for (const [n, celsius] of values.entries()) {
    memory = runKeyed?.(memory, { sensor: "a", n, celsius }, (record: { n: number }) => emitted.push(record.n), {} as never);
    if (restarts[n]) memory = JSON.parse(JSON.stringify(memory));
  }
  return emitted;
}

const series = fc.array(fc.oneof({ weight: 8, arbitrary: fc.double({ min: -2, max: 2, noNaN: true }) }, { weight: 1, arbitrary: fc.constantFrom(50, -80, 1e9) }, { weight: 1, arbitrary: fc.constant(null) }), { maxLength: 120 });
const asTable = (values: readonly (number | null)[]) => Float64Array.from(values, (value) => value ?? Number.NaN);

test("a stream says of each value what the method says over the table, also over restarts", () => {
  fc.assert(
    fc.property(series, fc.array(fc.boolean(), { maxLength: 120 }), (values, restarts) => {
      expect(streamed(rollingMad({ window: 20 }), values, restarts)).toEqual([...overTable(asTable(values), { window: 20 }).outliers]);
      const season = values.map((value, n) => (value === null ? null : value + 10 * (n % 6)));
      expect(streamed(holtWinters({ period: 6 }), season, restarts)).toEqual([...seasonalOverTable(asTable(season), { period: 6 }).outliers]);
    }),
    { numRuns: 60 },
  );
});

test("when what is emitted cannot be made, the value is judged again as if it had not been", () => {
  let fails = true;
  const stage = detect("odd-readings", {
    from: readings,
    to: odd,
    value: (r) => r.celsius,
    method: rollingMad({ warmUp: 3 }),
    result: ({ sensor, n }, { score }) => {
      if (fails) throw new Error("not now");
      return { sensor, n, score };
    },
  });
  const emitted: unknown[] = [];
  const run = (memory: unknown, celsius: number): unknown => stage.runKeyed?.(memory, { sensor: "a", n: 1, celsius }, (record: unknown) => emitted.push(record), {} as never);
  const memory = [1, 2, 3, 2, 1].reduce<unknown>(run, stage.init?.());
  expect(() => run(memory, 100)).toThrow("not now");
  fails = false;
  run(memory, 100);
  expect(emitted).toHaveLength(1);
});

test("options that cannot be are told where they are written", () => {
  expect(() => rollingMad({ window: 1 })).toThrow(/MR-STAT-001|window/);
  expect(() => holtWinters({ period: 1.5 })).toThrow(/period/);
});
