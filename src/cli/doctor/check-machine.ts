import { availableParallelism, freemem, totalmem } from "node:os";
import { nodeRefusal } from "../node-version.ts";
import { bytesText, countText } from "../output/number-text.ts";
import { attempt, type Check, fail, ok, warn } from "./check.ts";

const mib = 1_024 ** 2;

export async function checkMachine(): Promise<Check[]> {
  return [checkNode(), await checkDuckDb(), await checkSqlite(), checkMemory(availableBytes()), ok("processors", countText(availableParallelism())), checkOpenFiles(openFilesMax())];
}

function checkNode(): Check {
  const refusal = nodeRefusal(process.versions.node);
  return refusal ? fail("node", refusal.what, refusal.mend) : ok("node", `${process.version} at ${process.execPath}`);
}

/** Loads the library and lets it compute: one built for another system may load and then fail. */
function checkDuckDb(): Promise<Check> {
  return attempt("duckdb", "install it for this system: remove node_modules, then npm install", async () => {
    const { DuckDBInstance, version } = await import("@duckdb/node-api");
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    const rows = await connection.runAndReadAll("select 6 * 7 as answer");
    connection.closeSync();
    instance.closeSync();
    return Number(rows.getRows()[0][0]) === 42 ? ok("duckdb", version()) : fail("duckdb", "it loads, and computes wrongly", "install it anew: remove node_modules, then npm install");
  });
}

function checkSqlite(): Promise<Check> {
  return attempt("sqlite", "use a Node that was built with SQLite, as those of nodejs.org are", async () => {
    const { DatabaseSync } = await import("node:sqlite");
    const db = new DatabaseSync(":memory:");
    const row = db.prepare("select sqlite_version() as version").get() as { version: string };
    db.close();
    return ok("sqlite", row.version);
  });
}

/** What this process may use: of the machine, or of the container where that has less. */
function availableBytes(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 && constrained < totalmem() ? process.availableMemory() : freemem();
}

export function checkMemory(bytes: number): Check {
  const what = `${bytesText(bytes)} free`;
  if (bytes < 256 * mib) return fail("memory", what, "close other programs: a small project takes 300 MiB");
  return bytes < 1_024 * mib ? warn("memory", what, "a project with many stages takes about 60 MiB for each of their processes") : ok("memory", what);
}

/** Undefined where the system has no such limit, or does not tell it. */
function openFilesMax(): number | undefined {
  if (!process.report) return undefined;
  (process.report as { excludeNetwork?: boolean }).excludeNetwork = true;
  const { userLimits } = process.report.getReport() as unknown as { userLimits?: { open_files?: { soft: number | string } } };
  const soft = userLimits?.open_files?.soft;
  return typeof soft === "number" ? soft : undefined;
}

export function checkOpenFiles(limit: number | undefined): Check {
  if (limit === undefined) return ok("open files", "no limit");
  const what = `${countText(limit)} at once`;
  if (limit < 256) return fail("open files", what, "raise the limit: ulimit -n 4096");
  return limit < 1_024 ? warn("open files", what, "many partitions need more: ulimit -n 4096") : ok("open files", what);
}
