import { defineConfig } from "vitest/config";
import plain from "./vitest.config.ts";

/** The suites that need engines of others; `.ci/run` installs them. */
export default defineConfig({ ...plain, test: { ...plain.test, include: ["src/**/*.engine.test.ts"], exclude: ["**/node_modules/**"] } });
