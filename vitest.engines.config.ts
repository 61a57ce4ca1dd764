import { defineConfig } from "vitest/config";
import plain from "./vitest.config.ts";

/** The suites that need engines of others, which `.ci/run` installs; and what takes minutes: long tests, and the benchmarks, each on a little data. */
export default defineConfig({ ...plain, test: { ...plain.test, include: ["{src,test}/**/*.engine.test.ts", "{src,test,examples}/**/*.slow.test.ts", "bench/**/*.test.ts"], exclude: ["**/node_modules/**"], testTimeout: 240_000, hookTimeout: 240_000 } });
