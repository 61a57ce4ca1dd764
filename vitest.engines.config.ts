import { defineConfig } from "vitest/config";
import plain from "./vitest.config.ts";

/** The suites that need engines of others, which `.ci/run` installs; and the benchmarks, each on a little data, for they take minutes. */
export default defineConfig({ ...plain, test: { ...plain.test, include: ["src/**/*.engine.test.ts", "bench/**/*.test.ts"], exclude: ["**/node_modules/**"] } });
