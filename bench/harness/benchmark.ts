import { rounded } from "./statistics.ts";

/** How a benchmark is asked to run. */
export interface BenchmarkOptions {
  /** Little work, so that the ordinary tests can run it: the figures mean nothing then. */
  small: boolean;
  /** Where it may write; removed afterwards. */
  folder: string;
  /** Tells people how it goes; never the result. */
  say: (line: string) => void;
}

/** What a benchmark has measured. */
export interface Outcome {
  /** In `unit`: rates in records/s, tasks/s and transitions/s, times in s and ms, memory in MB. */
  value: number;
  unit: "records/s" | "records/s/core" | "tasks/s" | "transitions/s" | "commits/s" | "s" | "ms" | "MB" | "% of a core" | "ratio";
  /** What `value` is held against. */
  baseline: string;
  /** In the same unit as `value`. */
  baselineValue: number;
  /** (max - min) / median over the runs; 0 with a single run. */
  spread: number;
  /** Of what was computed, so that the same work is shown to be done. */
  hash: string;
  /** Further figures, by name. */
  extra?: Record<string, number | string>;
}

export interface Benchmark {
  name: string;
  what: string;
  /** What is hoped for, for people. */
  reach: string;
  /** A variable of the environment that names the programs of a server, without which it cannot run. */
  needs?: string;
  run(options: BenchmarkOptions): Promise<Outcome>;
}

/** What the benchmark needs and has not got; undefined: it can run. */
export const missingFor = ({ needs }: Benchmark): string | undefined => (needs !== undefined && !process.env[needs] ? needs : undefined);

/** What a run of a benchmark ends with, as one JSON line. */
export type BenchmarkLine = Pick<Benchmark, "name"> & Omit<Outcome, "extra"> & { ratio: number } & Record<string, number | string>;

export function benchmarkLine(name: string, { value, unit, baseline, baselineValue, spread, hash, extra }: Outcome): BenchmarkLine {
  return { name, value: rounded(value), unit, baseline, baselineValue: rounded(baselineValue), ratio: rounded(value / baselineValue), spread: rounded(spread), hash, ...extra };
}

