import type { MillraceError } from "../../errors.ts";
import type { CheckOf } from "../../model/quality/check-decl.ts";
import type { QueryValue } from "../../sql/query-request.ts";
import type { CheckedDataset } from "./checked-dataset.ts";
import type { Measured } from "./measure.ts";

/** A check that is a function of the project's, and where it is found. */
export type CodeCheck = CheckOf<"record">;

/** What a function said of the rows. */
export interface CodeVerdict {
  measured: Measured;
  /** Some of the rows that it does not let pass, with its words for why in `_why`. */
  sample: Record<string, QueryValue>[];
}

/**
 * Runs the functions of some checks over all rows of a dataset, where code of the project may run.
 * @returns by name of the check; an error for what could not be found out
 */
export type RunCode = (checks: readonly CodeCheck[], dataset: CheckedDataset, sampleMax: number) => Promise<ReadonlyMap<string, CodeVerdict | MillraceError>>;
