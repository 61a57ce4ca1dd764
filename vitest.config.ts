import { defineConfig } from "vitest/config";

export default defineConfig({
  // `millrace` means the sources here, as in the scripts of package.json.
  ssr: { resolve: { conditions: ["millrace:source", "module", "node"], externalConditions: ["millrace:source", "node"] } },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts", "examples/**/*.test.ts", "bench/**/*.test.ts"],
    exclude: ["**/*.engine.test.ts", "**/node_modules/**"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
