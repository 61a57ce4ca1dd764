import { defineConfig } from "vitest/config";

/* The web interface in a real browser, before a server of its own: MILLRACE_CHROMIUM names the browser's program where it is not /usr/bin/chromium. */
export default defineConfig({
  ssr: { resolve: { conditions: ["millrace:source", "node"], externalConditions: ["millrace:source", "node"] } },
  test: {
    include: ["ui/test/**/*.test.ts"],
    globalSetup: ["ui/test/support/set-up.ts"],
    pool: "forks",
    // A machine with much else to do may take its time.
    expect: { poll: { timeout: 60_000 } },
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
