import { MillraceError } from "../errors.ts";
import type { Reader } from "../govern/reader.ts";
import { tablesOfReader } from "../model/marts/mart-decl.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { QueryControl, QueryView } from "./query-control.ts";

/** A reader shares the places of the queue with the project. */
const timeoutMsMax = 10 * 60_000;

/** The queries of whoever asks: all of them, or those of a reader's token alone. */
export function queriesOf(control: Pick<ControlPlane, "queries" | "manifest">, reader: Reader | undefined): QueryControl {
  return reader === undefined ? control.queries : readerQueries(control.queries, reader, tablesOfReader(control.manifest(), reader.audience));
}

/**
 * Queries as the holder of a token sees them: those that were made with it, and of each what the statement itself has read. Of
 * others it is told what it is told of queries that never were.
 */
function readerQueries(queries: QueryControl, reader: Reader, readable: ReadonlySet<string>): QueryControl {
  const shown = (view: QueryView): QueryView => withoutBelow(view, readable);
  const own = (id: string): string => {
    const isOwn = queries.list({ token: reader.token, limit: 1, id }).length > 0;
    if (isOwn) return id;
    throw new MillraceError("MR-HTTP-005", { what: `there is no query "${id}"`, where: "the queries", mend: "old ones are removed: send the statement again" });
  };
  return {
    submit: async (request) => shown(await queries.submit({ ...request, timeoutMs: Math.min(request.timeoutMs, timeoutMsMax), by: reader.name, reader })),
    list: (filter) => queries.list({ ...filter, token: reader.token }).map(shown),
    get: (id) => shown(queries.get(own(id))),
    wait: async (id, waitMs) => shown(await queries.wait(own(id), waitMs)),
    cancel: (id) => shown(queries.cancel(own(id))),
    page: async (id, page, signal) => queries.page(own(id), page, signal),
    plan: () => Promise.reject(new MillraceError("MR-HTTP-001", { what: "plans tell what stands behind views", where: "the token", mend: "ask the project's owner" })),
    parquet: async (id) => queries.parquet(own(id)),
  };
}

/** What a view reads, and what that costs, tells of tables that are not the reader's. */
function withoutBelow(view: QueryView, readable: ReadonlySet<string>): QueryView {
  const reads = view.reads.filter(({ dataset }) => readable.has(dataset));
  const total = (of: (read: QueryView["reads"][number]) => number): number => (view.cached ? 0 : reads.reduce((sum, read) => sum + of(read), 0));
  const cost = { ...view.cost, bytesScanned: total(({ bytes }) => bytes), filesRead: total(({ files }) => files), filesPruned: total(({ filesPruned }) => filesPruned) };
  return { ...view, reads, cost, lineage: null };
}
