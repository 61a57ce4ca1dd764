import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { stageAccess } from "../../engine/stage-plan.ts";
import type { Manifest, StageDecl } from "../../model/manifest.ts";
import type { StageWork } from "../../server/control-plane.ts";
import type { InsightControl, SourceFile, StageCode, StageFigures } from "../../server/insight-control.ts";
import { unknownName } from "../../server/unknown-name.ts";
import type { StateStore } from "../../state/store.ts";
import type { StageControl } from "../stage-control.ts";
import { LastLines } from "./last-lines.ts";
import { type Reading, StageHistory } from "./stage-history.ts";
import { dayOf, type ProcessUse, WorkTally } from "./work-tally.ts";

export interface StageInsightOptions {
  /** The release that the stages run. */
  manifest: Manifest;
  /** Where its sources lie. */
  filesFolder: string;
  state: StateStore;
}

interface Watched {
  history: StageHistory;
  lines: LastLines;
  tally: WorkTally;
}

interface KeptWork extends StageWork {
  day: string;
}

const collection = "stages.work";
const keepEveryMs = 60_000;
const fileBytesMax = 256 * 1024;

/**
 * What people look at when they look at a stage. All of it is in memory of a bounded size, but for the day's work, which is
 * kept each minute. Of a stage that moves between control planes each knows what it saw itself.
 */
export class StageInsight implements InsightControl {
  readonly #options: StageInsightOptions;
  readonly #stages = new Map<string, Watched>();
  readonly #kept = new Map<string, string>();
  #keptAt = 0;

  constructor(options: StageInsightOptions) {
    this.#options = options;
  }

  /** Takes up the day's work where the process before this one left it. */
  async begin(now: number): Promise<void> {
    const today = dayOf(now);
    this.#keptAt = now;
    const kept = new Map((await this.#options.state.list<KeptWork>(collection)).map(({ key, value }) => [key, value]));
    for (const name of Object.keys(this.#options.manifest.stages)) {
      const { day, ...work } = kept.get(name) ?? { day: "" };
      this.#stages.set(name, { history: new StageHistory(), lines: new LastLines(), tally: new WorkTally(today, day === today ? (work as StageWork) : undefined) });
    }
  }

  /** Called once a second. @param lag - null while unknown */
  note(now: number, stage: StageControl, lag: number | null): void {
    const { history, tally } = this.#named(stage.decl.name);
    const processes = processesOf(stage);
    tally.note(now, processes);
    history.note(now, readingOf(stage, processes, tally.cpuSeconds, lag));
  }

  /** Keeps the day's work, once a minute. */
  async keep(now: number, { atOnce = false } = {}): Promise<void> {
    if (!atOnce && now - this.#keptAt < keepEveryMs) return;
    this.#keptAt = now;
    for (const [name, { tally }] of this.#stages) {
      const value: KeptWork = { day: tally.day, ...tally.done };
      const text = JSON.stringify(value);
      if (this.#kept.get(name) === text || (value.cpuSeconds === 0 && value.memoryGibSeconds === 0)) continue;
      await this.#options.state.put(collection, name, value);
      this.#kept.set(name, text);
    }
  }

  workOf(stage: string): StageWork {
    return this.#named(stage).tally.done;
  }

  /** What the stage's processes said, and what is said about it, go here. */
  linesOf(stage: string): LastLines {
    return this.#named(stage).lines;
  }

  figures(stage: string, spanMs: number): StageFigures {
    return this.#named(stage).history.points(Date.now(), spanMs);
  }

  log(stage: string): LastLines {
    return this.#named(stage).lines;
  }

  async code(name: string): Promise<StageCode> {
    this.#named(name);
    const { manifest } = this.#options;
    const decl = manifest.stages[name];
    const { reads, writes } = stageAccess(decl);
    return { release: manifest.release, kind: decl.kind, reads, writes: decl.table === undefined ? writes : [...writes, decl.table], file: await this.#fileOf(decl) };
  }

  async #fileOf({ declaredAt = "", export: exported }: StageDecl): Promise<SourceFile | null> {
    const [, path, line, named] = /^(.+?):(\d+)(?::\d+)?(?:, export (.+))?$/.exec(declaredAt) ?? [];
    if (path === undefined) return null;
    const bytes = await readFile(join(this.#options.filesFolder, path)).catch(() => undefined);
    return { path, line: Number(line), export: exported ?? named ?? null, text: bytes?.subarray(0, fileBytesMax).toString("utf8") ?? null };
  }

  /** @throws MillraceError `MR-ENGINE-005` */
  #named(stage: string): Watched {
    const watched = this.#stages.get(stage);
    if (watched) return watched;
    throw unknownName("MR-ENGINE-005", "stage", stage, [...this.#stages.keys()], "the address");
  }
}

function processesOf({ lives, guests }: StageControl): ProcessUse[] {
  const own = lives.map(({ life: { pid, startedAt, report } }) => ({ id: `${pid} ${startedAt.getTime()}`, cpuSeconds: report?.cpuSeconds ?? 0, memoryBytes: report?.memoryBytes ?? 0 }));
  const away = guests.flatMap(({ machine, news }) => (news?.instance ? [{ id: `${machine} ${news.instance.pid} ${news.instance.startedAt}`, cpuSeconds: news.instance.cpuSeconds, memoryBytes: news.instance.memoryBytes }] : []));
  return [...own, ...away];
}

function readingOf({ counts: { recordsIn, recordsOut, waits } }: StageControl, processes: readonly ProcessUse[], cpuSeconds: number, lag: number | null): Reading {
  return { recordsIn, recordsOut, waits, cpuSeconds, memoryBytes: processes.reduce((sum, each) => sum + each.memoryBytes, 0), lag };
}
