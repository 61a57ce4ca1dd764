import { afterAll, beforeAll } from "vitest";
import { MillraceProcess, until } from "../../../test/support/millrace-process.ts";
import { temporaryProject } from "../../../test/support/temporary-project.ts";

const pipeline = `
import { http, table, topic } from "millrace";
import { z } from "zod";
export const sales = topic("sales", { schema: z.object({ id: z.string(), amount: z.number() }) });
export const till = http("till", { to: sales });
export const kept = table("shop.sales", { from: sales, commitEvery: "200ms" });
`;

const dataset = "shop.sales";
const ordinaryVersions = 18;

interface Watched {
  dataset: string;
  last: string;
  versions: number;
  anomalies: { metric: string; at: string; value: number; usual: [number, number]; text: string }[];
}

/** A table of which some thirty rows came with each version, often enough for the watch to know what is usual. */
export function watchedBed() {
  const project = temporaryProject({ "pipeline.ts": pipeline, "millrace.config.ts": 'import { defineProject } from "millrace";\nexport default defineProject({ name: "shop", quality: { watch: { every: "50ms" } } });\n' });
  let millrace: MillraceProcess | undefined;
  let sent = 0;
  const site = (): MillraceProcess => millrace as MillraceProcess;
  const get = async <T>(path: string): Promise<T> => (await (await site().request(`/api/v1${path}`)).json()) as T;
  const watched = async (): Promise<Watched | undefined> => (await get<{ datasets: Watched[] }>("/watch")).datasets.find((each) => each.dataset === dataset);
  const measured = async () => (await get<{ versions: { at: string; values: Record<string, number> }[] }>(`/watch/${dataset}`)).versions;
  /** Sends so many rows, until the watch has seen all that were ever sent. */
  const version = async (rows: number): Promise<void> => {
    await site().post("/ingest/till", Array.from({ length: rows }, () => ({ id: `s${++sent}`, amount: sent % 7 })));
    await until(async () => (await measured()).at(-1)?.values.rows === sent);
  };
  beforeAll(async () => {
    millrace = await MillraceProcess.start(project.folder, project.data);
    for (let n = 0; n < ordinaryVersions; n++) await version(30 + (n % 5));
  });
  afterAll(async () => {
    await millrace?.stop();
    project.remove();
  });
  return { site, dataset, watched, measured, version };
}
