import { isDeepStrictEqual } from "node:util";
import type { Run } from "../scheduler/world.ts";
import { asMillraceError, type ErrorJson, MillraceError } from "../errors.ts";
import type { Lake } from "../lake/lake.ts";
import { type DeclaredChanges, manifestChanges } from "../model/manifest-changes.ts";
import type { Manifest } from "../model/manifest.ts";
import type { Plane } from "../scheduler/plane.ts";
import type { AppliedReleases } from "./applied-releases.ts";
import type { SharedReleases } from "./shared/shared-releases.ts";
import type { ApplyRequest, DagPlan, ReleasePlan, ReleaseView, RollbackRequest, StayingRuns, TopicSchema } from "../server/dag-control.ts";
import type { SourcePlan } from "../server/source-folder-plan.ts";
import type { SqlRunner } from "../sql/sql-runner.ts";
import { countedInAllMax, customAlike, dagPlan, type PlanSide } from "./dag-plan.ts";
import type { Releases } from "./releases.ts";
import { martPlans } from "./models/mart-plan.ts";
import { modelPlans } from "./models/model-plan.ts";
import { feedersOf } from "./table-feeders.ts";
import type { CodePlace, Timetables } from "./timetables/timetables.ts";

export interface ReleaseControlOptions {
  /** The project as it is up: its stages, topics and tables. */
  manifest: Manifest;
  /** The release whose DAGs run, which is kept. */
  release: string;
  /** Nothing of the project is up in this process. */
  onlyLooks: boolean;
  releases: Releases;
  /** Which release new runs get, of all planes. */
  applied: AppliedReleases;
  /** How planes come to releases of one another. */
  shared: SharedReleases;
  plane: Plane;
  timetables: Timetables;
  lake: Pick<Lake, "createTable" | "table">;
  /** Looks into the statements of models. */
  sql: Pick<SqlRunner, "run">;
  /** What the source folders of a project would do if they ran now. */
  sources(manifest: Manifest): Promise<SourcePlan[]>;
  /** Reads the project's folder as it is now. */
  readFolder(): Promise<Manifest>;
  /** Called once new runs get a release. */
  onTaken(release: string): void;
  /** Drains all of this process and brings the project up as its folder has it. Absent where it cannot. */
  startAnew?(): void;
  logger: { info(fields: object, text: string): void; warn(fields: object, text: string): void };
}

/** How long after a release could not be taken up it is tried again, in milliseconds. */
const behindMs = 10_000;
/** Ids of runs that a plan names of each DAG and release. */
const idsMax = 20;

/**
 * Which release new runs get: what another one would change, and the change itself. Runs that are there keep theirs. Stages
 * are another matter: they take up what is in the folder when Millrace starts, so a release that changes them starts it anew.
 */
export class ReleaseControl {
  readonly #options: ReleaseControlOptions;
  /** Whose stages, topics and tables are up. */
  #up: Manifest;
  /** The same with the DAGs that new runs get. */
  #running: Manifest;
  /** One change at a time. */
  #last: Promise<unknown> = Promise.resolve();
  /** Changes that people have asked for here and that are not done. */
  #asked = 0;
  #behind: MillraceError | undefined;
  /** Until then it is not tried again, by `performance.now`. */
  #behindUntil = 0;

  constructor(options: ReleaseControlOptions) {
    this.#options = options;
    this.#up = options.manifest;
    this.#running = withDags(this.#up, options.releases.manifestOf(options.release) ?? options.manifest);
  }

  /** The project as it runs: the DAGs are those that new runs get. */
  get manifest(): Manifest {
    return this.#running;
  }

  /** Why this plane does not run the release that the others run, while that is so. */
  get behind(): MillraceError | undefined {
    return this.#behind;
  }

  /**
   * Takes up what another plane has made the release of new runs. A plane that cannot have it gives its DAGs to those that can,
   * and tries again at the next call.
   */
  follow(): Promise<void> {
    return this.#alone(() => this.#catchUp());
  }

  /**
   * The same, before DAGs of another plane are taken. A change that is under way here may wait for those very DAGs, so it is not
   * waited for: once it is done they get its release too.
   */
  async followBeforeTaking(): Promise<void> {
    if (this.#asked === 0) await this.follow();
  }

  async #catchUp(): Promise<void> {
    const { applied, plane, logger } = this.#options;
    await applied.refresh();
    const { current } = applied;
    // Where nothing runs, that is what is looked at which the folder holds.
    if (current === undefined || plane.resting) return;
    if (current === this.#running.release) return this.#isUpToDate();
    if (this.#behind && performance.now() < this.#behindUntil) return;
    try {
      await this.#takeUp(current);
      this.#isUpToDate();
      logger.info({ release: current }, "another control plane has taken up a release, and this one follows");
    } catch (error) {
      const why = asMillraceError(error, `release ${current}`);
      if (!this.#behind) logger.warn({ err: why, release: current }, "the release that other control planes run cannot be taken up here: they get the DAGs of this one");
      this.#behind = why;
      this.#behindUntil = performance.now() + behindMs;
      plane.standBack(true);
    }
  }

  async #takeUp(release: string): Promise<void> {
    const { shared, releases } = this.#options;
    await shared.bring(release);
    const target = releases.manifestOf(release) as Manifest;
    if (lossOf(this.#up, target) === null && partsOfStart(this.#up, target).length === 0) this.#up = target;
    await this.#run(withDags(this.#up, target));
  }

  #isUpToDate(): void {
    this.#behind = undefined;
    this.#options.plane.standBack(false);
  }

  apply({ release, note, dryRun = false }: ApplyRequest): Promise<ReleasePlan> {
    const { releases, applied, shared, readFolder } = this.#options;
    return this.#change(async () => {
      await this.#catchUp();
      const manifest = await readFolder();
      const instead = applied.current ?? null;
      if (release !== undefined && release !== manifest.release) throw changedSince(release, manifest.release);
      const sources = dryRun ? await this.#options.sources(manifest) : [];
      const plan = { ...(await this.#plan(this.#before(), manifest, { codeFolder: releases.projectFolder })), sources, ...(this.#isUp && this.#wayTo(manifest)) };
      // Behind a rollback the DAGs may be of this release and the stages of another one.
      if (dryRun || (plan.from === plan.to && !plan.startsAnew)) return plan;
      if (plan.refusal) throw MillraceError.fromJSON(plan.refusal);
      this.#checkReach();
      await releases.keep(manifest);
      await shared.share(manifest.release);
      if (!plan.startsAnew) await this.#makeTables(manifest, plan);
      if (!(await applied.take(manifest.release, note ?? null, instead))) throw overtaken();
      try {
        applied.noteFolder(manifest.release);
      } finally {
        // It has been taken: what comes up next must be it, whatever could not be noted.
        if (plan.startsAnew) this.#options.startAnew?.();
      }
      if (!plan.startsAnew) await this.#run((this.#up = manifest));
      return { ...plan, done: true };
    });
  }

  rollBack({ release, note, dryRun = false }: RollbackRequest): Promise<ReleasePlan> {
    const { applied, shared } = this.#options;
    return this.#change(async () => {
      await this.#catchUp();
      const target = await this.#kept(release);
      const instead = applied.current ?? null;
      const manifest = withDags(this.#up, target);
      const plan = await this.#plan(this.#before(), manifest, this.#placeOf(target.release));
      if (dryRun || plan.from === plan.to) return plan;
      this.#checkReach();
      await shared.share(target.release);
      if (!(await applied.rollBack(target.release, note ?? null, instead))) throw overtaken();
      await this.#run(manifest);
      return { ...plan, done: true };
    });
  }

  async list(): Promise<ReleaseView[]> {
    const { releases, applied, shared } = this.#options;
    const runs = this.#runsHere();
    await Promise.all((await shared.names()).map((release) => shared.bring(release).catch(() => undefined)));
    return (await releases.list()).map(({ release, at }) => {
      const taken = applied.history.findLast((each) => each.release === release);
      return {
        ...{ release, at: at.toISOString(), takenAt: taken?.at ?? null, note: taken?.note ?? null, current: release === this.#running.release },
        ...{ dags: Object.keys(releases.manifestOf(release)?.dags ?? {}).length, runs: runs.filter(({ row }) => row.release === release).length },
      };
    });
  }

  async schemasOf(topic: string): Promise<TopicSchema[]> {
    const now = this.#up.topics[topic]?.schema;
    const all = await this.#options.releases.schemasOf(topic);
    // The newest first: one that came, went and has come again stands there twice.
    const current = all.find(({ schema }) => isDeepStrictEqual(schema, now));
    return all.map((each) => ({ release: each.release, at: each.at.toISOString(), current: each === current, schema: each.schema }));
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    this.#asked++;
    return this.#alone(change).finally(() => this.#asked--);
  }

  #alone<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#last.then(change);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Comes once the change is noted: who is killed before that starts with the old release, who is killed behind it with the new one. */
  async #run(manifest: Manifest): Promise<void> {
    const { plane, onTaken } = this.#options;
    this.#running = manifest;
    await plane.register(manifest.release, Object.values(manifest.dags), { resting: plane.resting, onlyAsked: plane.onlyAsked });
    onTaken(manifest.release);
    await this.prune();
  }

  /** Whether what is up can take up a release, and whether it starts anew for that. */
  #wayTo(manifest: Manifest): Pick<ReleasePlan, "refusal" | "startsAnew"> {
    const before = this.#before() ?? this.#running;
    const lost = lossOf(before, manifest);
    const parts = partsOfStart(before, manifest);
    if (lost !== null || parts.length === 0) return { refusal: lost, startsAnew: false };
    // Of several planes each would have to: whoever brings them up does that.
    if (this.#options.startAnew && this.#options.plane.others === 0) return { refusal: null, startsAnew: true };
    return { refusal: refusal(`it changes ${parts.join(", ")}, and that is taken up when Millrace starts`, "start Millrace again: millrace up").toJSON(), startsAnew: false };
  }

  /** Whether the project is up, here or elsewhere. */
  get #isUp(): boolean {
    return !this.#options.onlyLooks || this.#options.plane.others > 0;
  }

  /** Others could not have it, and their DAGs would have nobody who runs them with it but this plane. */
  #checkReach(): void {
    const { plane, shared } = this.#options;
    if (plane.others === 0 || shared.isShared) return;
    throw refusal(`${plane.others === 1 ? "another control plane runs" : `${plane.others} other control planes run`} the project too, and there is no bucket through which it could have the release`, "give the project one, profile: { files: s3Files(…) }; or start each plane anew with the other release, one after the other");
  }

  #runsHere(): Run[] {
    return this.#options.plane.worlds.flatMap(({ runs }) => [...runs.values()]);
  }

  /** Forgets old releases that no run needs. */
  async prune(): Promise<void> {
    const { releases, plane, applied } = this.#options;
    await releases.prune(new Set([this.#running.release, applied.previous ?? "", ...(await plane.releasesInUse())]));
  }

  /** Those that tasks write: a change of others was refused. */
  async #makeTables({ tables }: Manifest, plan: ReleasePlan): Promise<void> {
    for (const name of [...plan.tables.added, ...namesOf(plan.tables)].filter((each) => tables[each].model === undefined && tables[each].loadedBy === undefined)) {
      await this.#options.lake.createTable(tables[name]).catch((error: unknown) => {
        throw refusal(`table "${name}" cannot be made: ${asMillraceError(error, name).parts.what}`, "mend its declaration");
      });
    }
  }

  /** @throws MillraceError `MR-SCHED-011` */
  async #kept(release: string | undefined): Promise<Manifest> {
    const { releases, applied, shared } = this.#options;
    const wanted = release ?? applied.previous;
    if (wanted === undefined) throw notKept("no release ran before this one", "apply another one first: millrace apply");
    const names = [...new Set([...(await releases.list()).map((each) => each.release), ...(await shared.names())])];
    const found = names.includes(wanted) ? [wanted] : names.filter((name) => name.startsWith(wanted));
    if (found.length === 1) await shared.bring(found[0]);
    const manifest = found.length === 1 ? releases.manifestOf(found[0]) : undefined;
    if (manifest) return manifest;
    throw notKept(found.length > 1 ? `several releases begin with "${wanted}": ${found.join(", ")}` : `release "${wanted}" is not kept`, "look at `millrace releases list` for those that are");
  }

  #placeOf(release: string): CodePlace {
    const { releases } = this.#options;
    return { codeFolder: releases.codeFolder(release), kept: releases.keptFolder(release) };
  }

  /** What a plan is held against: the project as it runs; where nothing does, as it ran last; undefined where it never did. */
  #before(): Manifest | undefined {
    const { releases, applied, onlyLooks } = this.#options;
    if (!onlyLooks) return this.#running;
    return applied.current === undefined ? undefined : releases.manifestOf(applied.current);
  }

  async #plan(before: Manifest | undefined, to: Manifest, place: CodePlace): Promise<ReleasePlan> {
    const { releases, plane, timetables } = this.#options;
    const from = before ?? { ...nothing, project: to.project };
    const changes = manifestChanges(from, to);
    const files = await releases.changedFiles(before?.release, to.release);
    const sides: [PlanSide, PlanSide] = [
      { dags: from.dags, place: before ? this.#placeOf(before.release) : place },
      { dags: to.dags, place },
    ];
    const rows = new Map((await plane.dagRows()).map((row) => [row.dag, row]));
    const parts = { rows, timetables, madeStarts: plane.madeStarts.bind(plane), allowance: { runs: countedInAllMax } };
    const other = from.release === to.release ? [] : customAlike(from.dags, to.dags, new Set(changes.dags.map(({ name }) => name)));
    const models = await modelPlans({ lake: this.#options.lake, runner: this.#options.sql, from, to });
    const marts = await martPlans(this.#options.sql, from, to);
    const dags = await Promise.all([...changes.dags, ...other].map((each) => dagPlan(parts, each, ...sides)));
    return {
      ...{ from: before?.release ?? null, to: to.release, files, topics: changes.topics, tables: changes.tables, stages: changes.stages },
      ...{ dags: dags.filter(isChange), models, marts, sources: [], staying: this.#staying(to.release), problems: to.problems, refusal: null, startsAnew: false, done: false },
    };
  }

  #staying(release: string): StayingRuns[] {
    const rows = this.#runsHere().map(({ row }) => row).filter((row) => row.release !== release);
    return [...Map.groupBy(rows, (row) => `${row.dag} ${row.release}`).values()].map((group) => ({ dag: group[0].dag, release: group[0].release, runs: group.length, ids: group.slice(0, idsMax).map(({ id }) => id) }));
  }
}

/** A project before its first release. */
const nothing: Manifest = { manifestVersion: 1, project: "", release: "", topics: {}, tables: {}, stages: {}, dags: {}, problems: [] };

/** A project with the DAGs of another release of it, the tables that only those know, and the marts that these make up. */
function withDags(project: Manifest, other: Manifest): Manifest {
  if (project.release === other.release) return project;
  const { release, dags, tables, marts, problems } = other;
  // Models and loaded tables belong to the DAGs that build them; all other tables to the stages that are up.
  const written = Object.fromEntries(Object.entries(project.tables).filter(([, table]) => table.model === undefined && table.loadedBy === undefined));
  return { ...project, release, streams: project.release, dags, marts, tables: { ...tables, ...written }, problems: [...project.problems, ...problems] };
}

const isChange = ({ change, tasks, settings, schedule }: DagPlan): boolean => change !== "changed" || schedule !== null || settings.length + tasks.added.length + tasks.removed.length + tasks.changed.length > 0;

const namesOf = ({ changed }: DeclaredChanges): string[] => changed.map(({ name }) => name);

/** A release whose project has problems must not take away what runs: it is most likely the problem that hides it. */
function lossOf(from: Manifest, to: Manifest): ErrorJson | null {
  if (to.problems.length === 0) return null;
  const { dags, stages, tables, topics } = manifestChanges(from, to);
  const gone = [
    ["DAG", dags.filter(({ change }) => change === "removed").map(({ name }) => name)],
    ["stage", stages.removed],
    ["table", tables.removed],
    ["topic", topics.removed.filter((name) => !from.topics[name].internal)],
  ] as const;
  const parts = gone.flatMap(([kind, names]) => (names.length === 0 ? [] : [listed(kind, names)]));
  return parts.length === 0 ? null : refusal(`the project has problems, and ${parts.join(", ")} would be gone`, `mend them first: ${to.problems[0].what}`).toJSON();
}

/** What changes of stages, and of topics and tables that they work with, in words. */
function partsOfStart(from: Manifest, to: Manifest): string[] {
  const { topics, stages, tables } = manifestChanges(from, to);
  const ofStages = namesOf(tables).filter((name) => feedersOf(from, name).length + feedersOf(to, name).length > 0);
  return [
    ...[topics, stages].flatMap((changes, i) => {
      const names = [...changes.added, ...changes.removed, ...namesOf(changes)];
      return names.length === 0 ? [] : [listed(i === 0 ? "topic" : "stage", names)];
    }),
    ...(ofStages.length === 0 ? [] : [listed("table", ofStages)]),
  ];
}

function listed(kind: string, names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => `"${name}"`).join(", ");
  return `${kind}${names.length === 1 ? "" : "s"} ${shown}${names.length > 5 ? ` and ${names.length - 5} more` : ""}`;
}

function refusal(what: string, mend: string): MillraceError {
  return new MillraceError("MR-SCHED-010", { what: `the release cannot be taken up: ${what}`, where: "the project's folder", mend });
}

const overtaken = (): MillraceError => refusal("another one was taken up at the same time, by another control plane", "look at what runs now, then try again: millrace plan");

const changedSince = (seen: string, now: string): MillraceError => refusal(`the folder holds release ${now} now, and not ${seen}`, "look at it again: millrace plan");

function notKept(what: string, mend: string): MillraceError {
  return new MillraceError("MR-SCHED-011", { what, where: "the releases in the data folder", mend });
}
