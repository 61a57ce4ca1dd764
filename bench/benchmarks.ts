import type { Benchmark } from "./harness/benchmark.ts";
import { hopPassthrough } from "./hop-passthrough.ts";
import { stageMap } from "./stage-map.ts";
import { stageWindow } from "./stage-window.ts";

/** Every benchmark that `npm run bench` knows. */
export const benchmarks: Benchmark[] = [hopPassthrough, stageMap, stageWindow];
