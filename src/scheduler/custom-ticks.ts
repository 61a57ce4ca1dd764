import { type Timetable, timetableOf } from "../calendar/timetable.ts";
import type { DagDecl } from "../model/dag-manifest.ts";
import type { DagRow } from "../state/run-store.ts";
import type { TicksAnswer } from "./events.ts";
import type { Dag, Timer, World } from "./world.ts";

/*
 * Timetables in the user's code. No code of the user's runs here: its ticks are asked for and come with a step of their own.
 * They are stored nowhere, for the code is pure: whoever needs them asks again.
 */

/** More are asked for when fewer than these lie ahead. */
const aheadMin = 10;
/** After so long code that has failed is asked again, in milliseconds: it may have been the machine's fault. */
export const askAgainMs = 600_000;

const isCustom = ({ schedule }: DagDecl): boolean => schedule.kind === "custom";

/** The timetable of a DAG; one in code answers with what is known of it by then. */
export function timetableIn(dag: Pick<Dag, "ticks">, { schedule }: DagDecl): Timetable {
  return timetableOf(schedule, () => dag.ticks?.ticks ?? []);
}

/** Lets go of what another release's code has said. */
export function forgetTicks(dag: Dag): void {
  if (!isCustom(dag.graph.decl) || dag.ticks?.release !== dag.graph.release) dag.ticks = undefined;
}

/** Asks for ticks of a timetable in code, where those known come to their end. */
export function wantTicks(world: World, dag: Dag): void {
  const { decl, release } = dag.graph;
  if (!isCustom(decl) || dag.gone) return;
  const { ticks } = dag;
  if (ticks && (ticks.asked || ticks.ends || ticks.problem || (ticks.ticks.at(-aheadMin) ?? -Infinity) > reached(world, dag))) return;
  dag.ticks = { release, ticks: ticks?.ticks ?? [], ends: false, asked: true };
  world.effect({ type: "ticks", dag: dag.row.dag, release, from: ticksFrom(decl, dag.row, world.now), to: world.now });
}

/** What lies before is never asked about again. */
function reached(world: World, { row, graph }: Dag): number {
  return graph.decl.catchup.policy === "all" ? (row.lastEnd ?? -Infinity) : Math.max(world.now, row.lastEnd ?? -Infinity);
}

/** The earliest instant that a schedule's policy will ask about. */
export function ticksFrom(decl: Pick<DagDecl, "start" | "catchup">, row: Pick<DagRow, "since" | "lastStart">, now: number): number {
  const begin = row.lastStart ?? (decl.start === undefined ? row.since : Date.parse(decl.start));
  switch (decl.catchup.policy) {
    case "all":
      return begin;
    case "none":
      return Math.max(begin, row.since) - 1;
    case "window":
      return Math.max(begin, now - decl.catchup.ms - 1);
    case "latest":
      return Math.max(begin, now);
  }
}

/** Asks again where nothing else has come since. */
export function askAgain(world: World, { dag, known }: Extract<Timer, { type: "ticks" }>): void {
  if (dag.ticks !== known) return;
  dag.ticks = { ...known, problem: undefined };
  wantTicks(world, dag);
}

/** Takes what the code has said. False for an answer of a release that is no longer the DAG's. */
export function takeTicks(world: World, dag: Dag, release: string, answer: TicksAnswer): boolean {
  if (dag.graph.release !== release || !isCustom(dag.graph.decl)) return false;
  if ("ticks" in answer) dag.ticks = { release, ...answer, asked: false };
  else {
    dag.ticks = { release, ticks: dag.ticks?.ticks ?? [], ends: false, asked: false, problem: answer.problem };
    world.timer(world.now + askAgainMs, { type: "ticks", dag, known: dag.ticks });
  }
  return true;
}
