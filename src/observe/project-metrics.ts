import { Gauge, Registry } from "prom-client";

/** What is shown of a stage. */
export interface StageFigures {
  name: string;
  kind: string;
  state: string;
  instances: { memoryBytes: number; cpuSeconds: number; restarts: number }[];
  recordsIn: number;
  recordsOut: number;
  lagRecords: number | null;
  deadLetters: number;
  lateRecords: number;
  warnedRecords: number;
}

/** What is shown of a DAG. */
export interface DagFigures {
  name: string;
  paused: boolean;
  runsRunning: number;
  runsQueued: number;
  /** Since the control plane started, by how they ended. */
  runsEnded: { [state: string]: number };
}

export interface PoolFigures {
  name: string;
  /** Below 0: without end. */
  slots: number;
  used: number;
  /** Tasks that wait for slots. */
  waiting: number;
}

/** A process on another machine: a stage's, or one for the tasks of a pool. */
export interface WorkerFigures {
  purpose: { stage: string } | { pool: string };
  connected: boolean;
  working: number;
}

/** A control plane; the one that is asked tells of itself alone. */
export interface PlaneFigures {
  id: string;
  self: boolean;
  release: string | null;
  shards: number[];
  standsBack: boolean;
}

export interface ProjectFigures {
  planes: PlaneFigures[];
  workers: WorkerFigures[];
  dags: DagFigures[];
  pools: PoolFigures[];
  stages: StageFigures[];
  topics: { name: string; records: number; bytes: number }[];
  tables: { name: string; rows: number; files: number }[];
}

/** The project's figures in Prometheus' text format, as they stand at the moment of the call. */
export async function projectMetrics({ stages, topics, tables, dags, pools, workers, planes }: ProjectFigures): Promise<string> {
  const registry = new Registry();
  const gauge = (name: string, help: string, label: string) => new Gauge({ name: `millrace_${name}`, help, labelNames: [label], registers: [registry] });
  const ofStages: [string, string, (stage: StageFigures) => number | null][] = [
    ["stage_records_in_total", "Records of the stage's inputs that it has read and committed; of a source, records taken in", ({ recordsIn }) => recordsIn],
    ["stage_records_out_total", "Records that the stage has written since the control plane started", ({ recordsOut }) => recordsOut],
    ["stage_lag_records", "Records of the stage's inputs that it has not committed yet", ({ lagRecords }) => lagRecords],
    ["stage_dead_letters", "Dead letters that wait in the stage's topic", ({ deadLetters }) => deadLetters],
    ["stage_late_records", "Records that came after their window", ({ lateRecords }) => lateRecords],
    ["stage_warned_records_total", "Records that break a check which lets them through, once for each check, since the control plane started", ({ warnedRecords }) => warnedRecords],
    ["stage_instances", "Processes of the stage", ({ instances }) => instances.length],
    ["stage_up", "1 while the stage runs", ({ state }) => (state === "running" || state === "drained" ? 1 : 0)],
    ["stage_restarts_total", "Starts of the stage's processes after the first", ({ instances }) => sum(instances.map(({ restarts }) => restarts))],
    ["stage_memory_bytes", "Resident memory of the stage's processes", ({ instances }) => sum(instances.map(({ memoryBytes }) => memoryBytes))],
    ["stage_cpu_seconds_total", "CPU time of the stage's processes that run now", ({ instances }) => sum(instances.map(({ cpuSeconds }) => cpuSeconds))],
  ];
  for (const [name, help, value] of ofStages) set(gauge(name, help, "stage"), "stage", stages, value);
  set(gauge("topic_records", "Records in the topic", "topic"), "topic", topics, ({ records }) => records);
  set(gauge("topic_bytes", "Bytes of the topic's records as stored", "topic"), "topic", topics, ({ bytes }) => bytes);
  set(gauge("table_rows", "Rows of the table's current snapshot", "table"), "table", tables, ({ rows }) => rows);
  set(gauge("table_files", "Data files of the table's current snapshot", "table"), "table", tables, ({ files }) => files);
  set(gauge("dag_runs_running", "Runs of the DAG that go on", "dag"), "dag", dags, ({ runsRunning }) => runsRunning);
  set(gauge("dag_runs_queued", "Runs of the DAG that wait for others to end", "dag"), "dag", dags, ({ runsQueued }) => runsQueued);
  set(gauge("dag_paused", "1 while the DAG is paused", "dag"), "dag", dags, ({ paused }) => (paused ? 1 : 0));
  const ended = new Gauge({ name: "millrace_dag_runs_ended_total", help: "Runs that have ended since the control plane started", labelNames: ["dag", "state"], registers: [registry] });
  for (const { name, runsEnded } of dags) for (const [state, runs] of Object.entries(runsEnded)) ended.set({ dag: name, state }, runs);
  set(gauge("pool_slots", "Slots of the pool", "pool"), "pool", pools, ({ slots }) => (slots < 0 ? null : slots));
  set(gauge("pool_slots_used", "Slots of the pool that attempts hold", "pool"), "pool", pools, ({ used }) => used);
  set(gauge("pool_tasks_waiting", "Tasks that wait for slots of the pool", "pool"), "pool", pools, ({ waiting }) => waiting);
  const joined = new Gauge({ name: "millrace_workers", help: "Processes on other machines that have joined and are connected", labelNames: ["stage", "pool"], registers: [registry] });
  const working = new Gauge({ name: "millrace_workers_working", help: "What they have under way: attempts of tasks, tasks of a stage", labelNames: ["stage", "pool"], registers: [registry] });
  for (const { purpose, connected, working: count } of workers) {
    joined.inc(purpose, connected ? 1 : 0);
    working.inc(purpose, count);
  }
  const shards = new Gauge({ name: "millrace_plane_shards", help: "Parts of the DAGs that this control plane runs; figures of DAGs are of these alone", labelNames: ["plane", "release"], registers: [registry] });
  for (const { id, self, release, shards: held } of planes) if (self) shards.set({ plane: id, release: release ?? "" }, held.length);
  set(gauge("plane_stands_back", "1 while this control plane holds nothing because it only looks, or cannot run the release of the others", "plane"), "plane", planes.filter(({ self }) => self).map(({ id, ...plane }) => ({ ...plane, name: id })), ({ standsBack }) => (standsBack ? 1 : 0));
  new Gauge({ name: "millrace_planes", help: "Control planes of the project that live, as this one sees them", registers: [registry] }).set(planes.length);
  return registry.metrics();
}

function set<T extends { name: string }>(gauge: Gauge, label: string, items: T[], value: (item: T) => number | null): void {
  for (const item of items) {
    const figure = value(item);
    // What is unknown has no sample: a zero would say something else.
    if (figure !== null) gauge.set({ [label]: item.name }, figure);
  }
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
