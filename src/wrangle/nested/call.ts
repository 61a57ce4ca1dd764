import type { Relation } from "./nested-type.ts";

/** What an option of a call takes. */
export interface Kind {
  fits: (value: unknown) => boolean;
  /** For people: how it is written. */
  written: string;
}

/** What may stand behind FROM and reshapes rows. */
export interface Call {
  /** Arguments that may stand without their name, in order. */
  positional: string[];
  /** Options, with those that must be there. */
  options: Record<string, Kind>;
  required: string[];
  /** @param secrets - names of those that the statement is given */
  run: (input: Relation, given: Record<string, never>, secrets: ReadonlySet<string>) => Relation;
}
