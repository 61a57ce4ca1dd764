import { createHash } from "node:crypto";
import type { Table } from "../../lake/table.ts";
import type { Snapshot } from "../../lake/table-metadata.ts";
import type { AlertDecl } from "../../model/dag-manifest.ts";
import { checkedVersion } from "../../quality/checks/checked-version.ts";
import { metricsOf } from "../../quality/watch/metrics.ts";
import { addedColumns, type MeasureParts } from "../../quality/watch/added-columns.ts";
import { type Anomaly, lateAt, newWatch, observe, observeValues, type WatchState } from "../../quality/watch/watch.ts";
import type { PersonalMarks } from "../../quality/states/personal-values.ts";
import type { MeasuredVersion, WatchView } from "../../server/quality-control.ts";
import type { AlertRow } from "../../state/run-store.ts";
import type { StateStore } from "../../state/store.ts";
import type { Duty } from "../duties.ts";
import type { ProjectData } from "../project-data.ts";
import { Rounds } from "../rounds.ts";
import { anomalyText } from "./anomaly-text.ts";

export interface DatasetWatchOptions {
  data: Pick<ProjectData, "lake">;
  state: StateStore;
  /** Runs the statements that measure what came with a version. */
  measure: MeasureParts;
  /** What is said of columns of a table: see `Catalog.personalMarks`. */
  personal(table: string): Promise<PersonalMarks>;
  /** Release that alerts name. */
  release: () => string;
  alerts: readonly AlertDecl["to"][];
  /** Writes alerts down, to be sent. */
  tell(rows: AlertRow[]): Promise<void>;
  /** A table that is written all the time is looked at so often. Milliseconds, default a minute. */
  everyMs?: number;
  /** Milliseconds since 1970. */
  clock?: () => number;
  logger: { warn(fields: object, text: string): void };
}

/** What is kept of a dataset. */
interface Kept {
  /** The version that was looked at last. */
  version: string;
  /** Its sequence number: files of greater ones came later. */
  sequence?: number;
  watch: WatchState;
  /** The newest last. */
  anomalies: Anomaly[];
  /** How many of them, from the end, were not told yet. */
  untold: number;
  /** What was measured of the last versions, the newest last. */
  measured?: Measured[];
}

interface Measured {
  version: string;
  /** Milliseconds since 1970. */
  at: number;
  values: Record<string, number>;
}

const collection = "watch";
const anomaliesMax = 50;
/** As many versions are drawn, and of each so many figures: a table of a thousand columns has a thousand shares of nulls. */
const measuredMax = 120;
const metricsMax = 30;
const everyMsDefault = 60_000;

/**
 * Watches every table of the lake without anybody's asking: how many rows it has, how many come, how many nulls are in its
 * columns, and when its versions come. It learns from those what is usual. From manifests all of these are
 * known; how the values are spread that came is measured of the files that came, beside all commits, and of no more than some million rows.
 */
export class DatasetWatch implements Duty {
  readonly #options: DatasetWatchOptions;
  readonly #rounds: Rounds;

  constructor(options: DatasetWatchOptions) {
    this.#options = options;
    const { everyMs = everyMsDefault } = options;
    const tell = (error: unknown): void => options.logger.warn({ err: error }, "tables could not be watched; it is tried again");
    this.#rounds = new Rounds({ firstMs: everyMs, everyMs, round: () => this.sweep().catch(tell) });
  }

  begin(): void {
    this.#rounds.begin();
  }

  /** Ends after the table under way. */
  rest(): Promise<void> {
    return this.#rounds.rest();
  }

  /** Looks at every table once. */
  async sweep(): Promise<void> {
    for (const name of await this.#options.data.lake.tables()) {
      if (this.#rounds.rests) return;
      try {
        await this.#look(name);
      } catch (error) {
        if (!this.#rounds.rests) this.#options.logger.warn({ err: error, dataset: name }, "a table could not be watched; it is tried again");
      }
    }
  }

  /** All tables of which something is known, by name. */
  async list(): Promise<WatchView[]> {
    return (await this.#options.state.list<Kept>(collection)).map(({ key, value }) => viewOf(key, value));
  }

  /** What was measured of the last versions of a table, the oldest first; empty where nobody has looked at it. */
  async measured(name: string): Promise<MeasuredVersion[]> {
    const kept = (await this.#options.state.get<Kept>(collection, name))?.value;
    return (kept?.measured ?? []).map(({ at, ...rest }) => ({ ...rest, at: new Date(at).toISOString() }));
  }

  /** What is kept of how values are spread goes, and is learnt anew. */
  async forget(name: string): Promise<void> {
    const kept = (await this.#options.state.get<Kept>(collection, name))?.value;
    if (kept === undefined) return;
    const { distributions: _, ...watch } = kept.watch;
    await this.#keep(name, { ...kept, watch });
  }

  async #look(name: string): Promise<void> {
    const kept = (await this.#options.state.get<Kept>(collection, name))?.value;
    if (kept !== undefined && kept.untold > 0) await this.#tell(name, kept);
    const table = await this.#options.data.lake.table(name);
    const snapshot = await table.currentSnapshot();
    if (snapshot === undefined) return;
    const version = String(snapshot["snapshot-id"]);
    if (kept?.version === version) return this.#waited(name, kept);
    // Compaction makes versions of the same rows.
    if (kept !== undefined && snapshot.summary.operation === "replace") return void (await this.#keep(name, { ...kept, version, sequence: snapshot["sequence-number"] }));
    const { facts } = await checkedVersion(table, snapshot);
    if (facts === undefined) return;
    const metrics = metricsOf(facts, kept?.watch.rows);
    const { state: seen, anomalies } = observe(kept?.watch ?? newWatch, facts.committedAt, metrics);
    const measured = [...(kept?.measured ?? []), { version, at: facts.committedAt, values: Object.fromEntries(metrics.slice(0, metricsMax).map(({ name, value }) => [name, value])) }].slice(-measuredMax);
    const columns = await this.#came(table, snapshot, kept?.sequence ?? 0);
    const spread = columns ? observeValues(seen, facts.committedAt, columns) : { state: seen, anomalies: [] };
    await this.#found(name, { version, sequence: snapshot["sequence-number"], watch: spread.state, anomalies: kept?.anomalies ?? [], untold: 0, measured }, [...anomalies, ...spread.anomalies]);
  }

  /** What cannot be measured keeps nobody from hearing of the rest. */
  async #came(table: Table, snapshot: Snapshot, since: number): Promise<Awaited<ReturnType<typeof addedColumns>>> {
    try {
      return await addedColumns(table, snapshot["snapshot-id"], since, await this.#options.personal(table.name), this.#options.measure);
    } catch (error) {
      if (!this.#rounds.rests) this.#options.logger.warn({ err: error, dataset: table.name, version: String(snapshot["snapshot-id"]) }, "what came with a version could not be measured");
      return undefined;
    }
  }

  async #waited(name: string, kept: Kept): Promise<void> {
    const late = lateAt(kept.watch, (this.#options.clock ?? Date.now)());
    if (late) await this.#found(name, { ...kept, watch: late.state }, [late.anomaly]);
  }

  async #found(name: string, kept: Kept, anomalies: readonly Anomaly[]): Promise<void> {
    const all = { ...kept, anomalies: [...kept.anomalies, ...anomalies].slice(-anomaliesMax), untold: Math.min(anomalies.length, anomaliesMax) };
    await this.#keep(name, all);
    if (all.untold > 0) await this.#tell(name, all);
  }

  /** Who dies before it is noted writes the alerts again, under the same ids. */
  async #tell(name: string, kept: Kept): Promise<void> {
    const news = kept.anomalies.slice(-kept.untold);
    this.#options.logger.warn({ dataset: name, version: kept.version, anomalies: news.map((anomaly) => anomalyText(anomaly)) }, "a version is not as versions usually are");
    if (this.#options.alerts.length > 0) await this.#options.tell(this.#alerts(name, kept, news));
    await this.#keep(name, { ...kept, untold: 0 });
  }

  #alerts(name: string, { version }: Kept, news: readonly Anomaly[]): AlertRow[] {
    const at = news[0].at;
    const text = `${name} is not as usual: ${news.map((anomaly) => anomalyText(anomaly)).join("; ")}`.slice(0, 2_000);
    return this.#options.alerts.map((to) => ({
      id: createHash("sha256").update(JSON.stringify([name, version, news.map(({ metric }) => metric), to])).digest("hex").slice(0, 32),
      ...{ dag: name, kind: "anomaly", to, run: version, release: this.#options.release(), intervalStart: at, intervalEnd: at, task: null, index: -1, attempt: null },
      ...{ text, at, lastAt: at, count: 1, state: "pending", tries: 0, nextAt: Date.now(), endedAt: null, error: null },
    }));
  }

  async #keep(name: string, kept: Kept): Promise<void> {
    await this.#options.state.put(collection, name, kept as never);
  }
}

function viewOf(dataset: string, { version, watch, anomalies }: Kept): WatchView {
  return { dataset, version, versions: watch.seen, pace: watch.pace ?? null, last: watch.lastAt === undefined ? null : new Date(watch.lastAt).toISOString(), anomalies: anomalies.map((anomaly) => ({ ...anomaly, at: new Date(anomaly.at).toISOString(), text: anomalyText(anomaly) })).reverse() };
}
