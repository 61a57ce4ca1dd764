import type { CrawlerDecl } from "../../model/crawler.ts";
import type { Work } from "../../scheduler/executor.ts";
import type { Swap } from "../../state/run-store.ts";
import type { AttemptRunner, Publication, RunnerContext } from "../tasks/attempt-runner.ts";
import type { ProjectCatalog } from "./project-catalog.ts";

const progressEveryMs = 10_000;

/** Runs crawlers: all that one has found becomes visible in the transaction that records the success. */
export function crawlTasks(catalog: Pick<ProjectCatalog, "prepare">): AttemptRunner {
  return { run: (work, context) => crawled(catalog, work, context) };
}

async function crawled(catalog: Pick<ProjectCatalog, "prepare">, work: Work, { log, signal }: RunnerContext): Promise<Publication> {
  let told = Number.NEGATIVE_INFINITY;
  const onProgress = (progress: { files: number; read: number }): void => {
    if (performance.now() - told < progressEveryMs) return;
    told = performance.now();
    log.info("looking into files", progress);
  };
  const { report, summary, publish } = await catalog.prepare(work.run.dag, work.task.settings as unknown as CrawlerDecl, { signal, onProgress });
  for (const { name, action, why } of report.tables) if (action !== "unchanged") log.info(`table ${name}: ${action}`, { why });
  for (const { path, error } of report.unreadable) log.warn(`${path}: ${error.what}`, { code: error.code });
  return {
    kind: "publication",
    result: { json: JSON.stringify({ crawl: summary.crawl, files: summary.files, tables: summary.tables }) },
    publish: (end) => publish(async (swaps) => (await end(swaps as Swap[])) === true),
  };
}
