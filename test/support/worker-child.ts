/* A worker in a process of its own, for tests that kill it. Arguments: address, token file, CA file, folder with packages, data folder. */
import { startWorker } from "../../src/supervisor/workers/start-worker.ts";

const [join, tokenFile, caFile, modulesFrom, dataFolder] = process.argv.slice(2);
const worker = await startWorker({ join, tokenFile, caFile, modulesFrom, dataFolder, onLine: (line) => process.stderr.write(line) });
worker.ended.catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
process.on("SIGTERM", () => void worker.close().then(() => process.exit(0)));
