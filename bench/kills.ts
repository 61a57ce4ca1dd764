/* The flights with a hundred kills at random instants: the test of ten, longer. `npm run bench:kills` */
import { spawnSync } from "node:child_process";

const { status } = spawnSync("vitest", ["run", "test/flights.test.ts"], { stdio: "inherit", shell: process.platform === "win32", env: { MILLRACE_KILLS: "100", ...process.env } });
process.exit(status ?? 1);
