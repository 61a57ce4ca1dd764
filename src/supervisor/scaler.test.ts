import { expect, test } from "vitest";
import { Rate } from "./rate.ts";
import { decideScale, type ScaleMemory, type ScaleSample } from "./scaler.ts";

const scale = { min: 1, max: 4, targetDrainSeconds: 10 };
const behind: ScaleSample = { nowMs: 0, instances: 1, guests: 0, lag: 50_000, partitionsWithLag: 4, rate: 1_000 };

/** A stage watched once a second; `world` says what it shows with so many processes. */
function watch(seconds: number, world: (instances: number, second: number) => Partial<ScaleSample>, instances = 1, memory: ScaleMemory = {}) {
  const history: number[] = [];
  for (let second = 0; second < seconds; second++) {
    const decided = decideScale(scale, { ...behind, ...world(instances, second), nowMs: second * 1_000, instances }, memory);
    ({ instances, memory } = decided);
    history.push(instances);
  }
  return { instances, memory, history };
}

test("one process more when the backlog would take too long, and then a while to see what it does", () => {
  const { history } = watch(30, (instances) => ({ rate: 1_000 * instances }));
  expect(history[0]).toBe(2);
  expect(history.slice(0, 10)).toEqual(Array(10).fill(2));
  expect(history[10]).toBe(3);
  expect(history[20]).toBe(4);
});

test("a backlog that drains in time needs nobody", () => {
  expect(decideScale(scale, { ...behind, lag: 9_000 }, {}).instances).toBe(1);
});

test("a process that does not raise throughput is taken away, and not asked for again for two minutes", () => {
  const { history } = watch(200, () => ({ rate: 1_000 }));
  expect(history.slice(0, 10)).toEqual(Array(10).fill(2));
  expect(history.slice(10, 130)).toEqual(Array(120).fill(1));
  expect(history.slice(131)).toContain(2);
});

test("a backlog that was drained meanwhile says nothing against the process that helped", () => {
  const { history, memory } = watch(11, (instances, second) => (second === 0 ? {} : { lag: 0, partitionsWithLag: 0, rate: 10 * instances }));
  expect(history).toEqual(Array(11).fill(2));
  expect(memory.ceiling).toBeUndefined();
});

test("never more processes than partitions with a backlog, nor than the most", () => {
  expect(decideScale(scale, { ...behind, instances: 2, partitionsWithLag: 2 }, {}).instances).toBe(2);
  expect(decideScale(scale, { ...behind, instances: 4, partitionsWithLag: 8 }, {}).instances).toBe(4);
  expect(decideScale(scale, { ...behind, rate: 0 }, {}).instances).toBe(2);
});

test("an unknown backlog changes nothing: it is not an empty one", () => {
  const { history } = watch(100, () => ({ lag: undefined }), 3);
  expect(history).toEqual(Array(100).fill(3));
});

test("one process less after half a minute of calm, and none below the least", () => {
  const { history } = watch(100, () => ({ lag: 0, partitionsWithLag: 0 }), 3);
  expect(history.indexOf(2)).toBe(30);
  expect(history.indexOf(1)).toBe(61);
  expect(history.at(-1)).toBe(1);
  const restless = watch(100, (_, second) => ({ lag: second % 20 === 0 ? 9_000 : 0 }), 3);
  expect(restless.instances).toBe(3);
});

test("what people ask for by hand holds at once", () => {
  expect(decideScale({ ...scale, min: 3 }, behind, {}).instances).toBe(3);
  expect(decideScale({ ...scale, max: 2 }, { ...behind, instances: 4 }, {}).instances).toBe(2);
});

test("processes on workers count, and only those here are started and ended", () => {
  // Of four partitions with a backlog two are read on workers: two processes here, and no third.
  const { history } = watch(60, (instances) => ({ guests: 2, rate: 1_000 * (instances + 2) }));
  expect(history[0]).toBe(2);
  expect(Math.max(...history)).toBe(2);
  // Workers that join make those here too many for the most there may be, and the least here stays.
  expect(decideScale(scale, { ...behind, instances: 4, guests: 1 }, {}).instances).toBe(3);
  expect(decideScale(scale, { ...behind, instances: 4, guests: 9 }, {}).instances).toBe(1);
  // When they leave, those here take over.
  expect(decideScale({ ...scale, min: 2 }, { ...behind, instances: 2, guests: 0 }, {}).instances).toBe(3);
  expect(watch(100, () => ({ guests: 2, lag: 0, partitionsWithLag: 0 }), 2).instances).toBe(1);
});

test("rates are means over ten seconds, and know nothing from one look", () => {
  const rate = new Rate();
  expect(rate.perSecond).toBe(0);
  rate.sample(0, 100);
  expect(rate.perSecond).toBe(0);
  for (let second = 1; second <= 30; second++) rate.sample(second * 1_000, 100 + (second > 20 ? (second - 20) * 500 : 0));
  expect(rate.perSecond).toBe(500);
  rate.sample(31_000, 0);
  expect(rate.perSecond).toBe(0);
});
