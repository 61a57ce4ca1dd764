import { afterAll, beforeAll } from "vitest";
import { MillraceProcess, until } from "../../../test/support/millrace-process.ts";
import { temporaryProject } from "../../../test/support/temporary-project.ts";
import { catalogProject, firstOrders, moreOrders, strangeRecord } from "./catalog-project.ts";

/** The project of the catalog, up, with two versions of its tables: after the first orders, and after the second. */
export function catalogBed() {
  const project = temporaryProject(catalogProject);
  let millrace: MillraceProcess | undefined;
  const site = (): MillraceProcess => millrace as MillraceProcess;
  const rows = async (sql: string): Promise<unknown[][]> => (await site().sql(sql)).rows;
  const get = async <T>(path: string): Promise<T> => (await (await site().request(`/api/v1${path}`)).json()) as T;
  const arrived = (count: number) => until(async () => Number((await rows("select count(*) from sales.orders").catch(() => [[0]]))[0][0]) === count);
  const buildTotals = async (): Promise<void> => {
    const { id } = (await (await site().post("/api/v1/dags/models/runs", {})).json()) as { id: string };
    await until(async () => (await get<{ state: string }>(`/runs/${id}`)).state === "success");
  };
  beforeAll(async () => {
    millrace = await MillraceProcess.start(project.folder, project.data);
    await site().post("/ingest/strange-intake", strangeRecord);
    await site().post("/ingest/intake", firstOrders);
    await arrived(3);
    await buildTotals();
    await site().post("/ingest/intake", moreOrders);
    await arrived(4);
    await buildTotals();
  });
  afterAll(async () => {
    await millrace?.stop();
    project.remove();
  });
  return { project, site, rows, get };
}
