import { MillraceError } from "../../errors.ts";
import { standardise } from "../outliers.ts";
import { requireParameter } from "../refuse.ts";
import { robustScale } from "../univariate/modified-z-score.ts";
import { withinReach } from "./within-reach.ts";

export interface CusumOptions {
  /** How many values the level and the scale are learnt from, at the beginning and after each change: a whole number, at least 5; default 100. */
  warmUp?: number;
  /** Deviations below this many scales do not add up: half of the least shift that is to be found soon. Default 0.5. */
  slack?: number;
  /** What the deviations must add up to, in scales. Default 8: of 10,000 clean normal values 4 raise an alarm after a warm-up of 100, 1 where the level is known. */
  threshold?: number;
  /** The least scale, in the unit of the values. Default 0. */
  scaleMin?: number;
}

/** What is said of one value. */
export interface CusumVerdict {
  /** The greater of the two sums, negative for a level that sinks; NaN in the warm-up and for what is missing or infinite. */
  score: number;
  /** Whether the level has changed, as is known now. */
  change: boolean;
  /** How many values ago the sum left 0: when the change began, 0 for this very value. */
  since: number;
  /** The level and the scale before the change; NaN in the warm-up. */
  centre: number;
  scale: number;
}

/** Everything that the detector remembers; plain data, to be stored as JSON. */
export interface CusumState {
  method: "cusum";
  options: Required<CusumOptions>;
  /** Values of the warm-up so far; empty when it is over. */
  learning: number[];
  /** After the warm-up: the level, and the two sums with how many values they have been above 0. */
  model?: { centre: number; scale: number; up: number; upSince: number; down: number; downSince: number };
}

/** A value far out counts as this many scales: alone it is an outlier and no change. */
const deviationMax = 3;

/**
 * Finds lasting shifts of a level soon after they begin, value by value: the two-sided cumulative sum of Page (1954), "Continuous Inspection Schemes", about
 * median and MAD of a warm-up. A shift of one scale is found some 17 values on (measured over 200 series). After a change it learns the new level from the values that follow. For a
 * season take the errors of `HoltWinters`; for a table there is `changePoints`. Missing values and infinities are passed over.
 */
export class Cusum {
  readonly #options: Required<CusumOptions>;
  #learning: number[] = [];
  #model: CusumState["model"];

  /** @throws MillraceError `MR-STAT-001` for options out of range */
  constructor({ warmUp = 100, slack = 0.5, threshold = 8, scaleMin = 0 }: CusumOptions = {}) {
    requireParameter(Number.isInteger(warmUp) && warmUp >= 5 && warmUp <= 1_000_000, "CUSUM, warmUp", `${warmUp}`, "give a whole number, 5 to 1000000");
    requireParameter(slack >= 0 && slack < deviationMax, "CUSUM, slack", `${slack}`, `give a number from 0 to below ${deviationMax}`);
    requireParameter(threshold > 0 && Number.isFinite(threshold), "CUSUM, threshold", `${threshold}`, "give a number above 0");
    requireParameter(scaleMin >= 0 && Number.isFinite(scaleMin), "CUSUM, scaleMin", `${scaleMin}`, "give a number, at least 0");
    this.#options = { warmUp, slack, threshold, scaleMin };
  }

  /**
   * The detector as it was when the state was taken.
   *
   * @throws MillraceError `MR-STAT-004` when the state is no state of this method
   */
  static from(state: CusumState): Cusum {
    requireState(state);
    const detector = new Cusum(state.options);
    detector.#learning = [...state.learning];
    detector.#model = state.model && { ...state.model };
    return detector;
  }

  get state(): CusumState {
    return { method: "cusum", options: { ...this.#options }, learning: [...this.#learning], ...(this.#model ? { model: { ...this.#model } } : {}) };
  }

  /** Judges the next value, then learns from it. */
  next(given: number): CusumVerdict {
    const value = withinReach(given);
    if (!Number.isFinite(value)) return nothing;
    if (!this.#model) {
      this.#learn(value);
      return nothing;
    }
    const { centre, scale } = this.#model;
    const { up, upSince, down, downSince } = this.#added(value);
    const rises = up >= down;
    const change = Math.max(up, down) > this.#options.threshold;
    if (change) this.#model = undefined;
    return { score: rises ? up : -down, change, since: Math.max(0, (rises ? upSince : downSince) - 1), centre, scale };
  }

  #learn(value: number): void {
    this.#learning.push(value);
    if (this.#learning.length < this.#options.warmUp) return;
    const { centre, scale } = robustScale(Float64Array.from(this.#learning).sort());
    this.#model = { centre, scale: Math.max(scale, this.#options.scaleMin), up: 0, upSince: 0, down: 0, downSince: 0 };
    this.#learning = [];
  }

  #added(value: number): NonNullable<CusumState["model"]> {
    const model = this.#model!;
    const deviation = Math.min(deviationMax, Math.max(-deviationMax, standardise(value, model.centre, model.scale)));
    model.up = Math.max(0, model.up + deviation - this.#options.slack);
    model.down = Math.max(0, model.down - deviation - this.#options.slack);
    model.upSince = model.up > 0 ? model.upSince + 1 : 0;
    model.downSince = model.down > 0 ? model.downSince + 1 : 0;
    return model;
  }
}

const nothing: CusumVerdict = { score: Number.NaN, change: false, since: 0, centre: Number.NaN, scale: Number.NaN };

function requireState(state: CusumState): void {
  const isLearning = Array.isArray(state?.learning) && state.learning.every(Number.isFinite);
  const isModel = state?.model === undefined || (["centre", "scale", "up", "upSince", "down", "downSince"] as const).every((name) => Number.isFinite(state.model?.[name]));
  const holds = state?.method === "cusum" && typeof state.options === "object" && isLearning && isModel;
  if (!holds) throw new MillraceError("MR-STAT-004", { what: "this is no state of a CUSUM", where: "CUSUM, from", mend: "hand in what `state` gave, or begin anew" });
}
