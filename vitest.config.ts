import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // `millrace` means the sources here, as in the scripts of package.json.
  ssr: { resolve: { conditions: ["millrace:source", "node"], externalConditions: ["millrace:source", "node"] } },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts", "examples/**/*.test.ts", "ui/src/**/*.test.ts"],
    // Those with engines of others, and those that take long, run behind these: vitest.engines.config.ts.
    exclude: ["**/*.engine.test.ts", "**/*.slow.test.ts", "**/node_modules/**", "**/.millrace/**"],
    pool: "forks",
    maxWorkers: 2,
    // Processes that tests start take the sources as they are: compiled once, not once for each.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL("node_modules/.cache/millrace-compiled", import.meta.url)) },
    // For what hangs: a machine whose disk is cold, or busy with others, has taken twenty-five times as long as a quiet one.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
