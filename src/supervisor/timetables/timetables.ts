import { type Timetable, timetableOf } from "../../calendar/timetable.ts";
import { type ErrorJson, MillraceError } from "../../errors.ts";
import type { DagDecl } from "../../model/dag-manifest.ts";
import { askTicks } from "./ask-ticks.ts";
import type { TicksReply } from "./ticks-request.ts";

/** Where the code of a release lies, and where a copy of it is kept. */
export interface CodePlace {
  codeFolder: string;
  kept?: string;
}

export interface TimetablesOptions {
  dataFolder: string;
  compileCache: string;
  /** Where the code of a release lies. */
  placeOf(release: string): CodePlace;
}

export interface Span {
  from: number;
  to: number;
  /** Ticks beyond it. Default 50. */
  more?: number;
}

/** Of one answer: eleven years of hours. What lies behind is asked for when it is reached. */
const ticksMax = 100_000;
/** Processes at once: a start of many DAGs with such timetables is no reason for as many processes. */
const atOnceMax = 2;

/** Asks the timetables in the user's code, in processes of their own. */
export class Timetables {
  readonly #options: TimetablesOptions;
  readonly #waiting: (() => void)[] = [];
  #active = 0;

  constructor(options: TimetablesOptions) {
    this.#options = options;
  }

  /** Never rejects: whatever goes wrong is an answer. */
  async ticks(decl: DagDecl | undefined, place: string | CodePlace, { from, to, more = 50 }: Span): Promise<TicksReply> {
    if (decl?.module === undefined || decl.export === undefined) return { ticks: [], ends: true };
    const { dataFolder, compileCache, placeOf } = this.#options;
    const { module, export: exported, name: dag } = decl;
    await this.#place();
    try {
      return await askTicks({ ...(typeof place === "string" ? placeOf(place) : place), dataFolder, module, export: exported, dag, from, to, more, ticksMax }, { compileCache });
    } finally {
      this.#active--;
      this.#waiting.shift()?.();
    }
  }

  async #place(): Promise<void> {
    if (this.#active >= atOnceMax) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#active++;
  }

  /** The timetable of a DAG, good for questions about the span; with the reason where its code gives no ticks. */
  async timetable(decl: DagDecl, place: string | CodePlace, span: Span): Promise<{ timetable: Timetable; problem: ErrorJson | null }> {
    if (decl.schedule.kind !== "custom") return { timetable: timetableOf(decl.schedule), problem: null };
    const reply = await this.ticks(decl, place, span);
    const ticks = "ticks" in reply ? reply.ticks : [];
    return { timetable: timetableOf(decl.schedule, () => ticks), problem: "problem" in reply ? reply.problem : null };
  }

  /**
   * The same for those who need its ticks.
   * @throws MillraceError `MR-SCHED-009`
   */
  async sureTicks(decl: DagDecl, release: string, span: Span): Promise<number[]> {
    const reply = await this.ticks(decl, release, span);
    if ("problem" in reply) throw MillraceError.fromJSON(reply.problem);
    return reply.ticks;
  }
}
