import type { ErrorJson } from "../../errors.ts";
import type { Recognition, RecogniseOptions } from "../../formats/recognise.ts";

/** What a recognising process is told: files to be read one after the other. */
export interface RecogniseRequest {
  paths: string[];
  options: Pick<RecogniseOptions, "classifiers" | "documents">;
}

/** What it says: that it is ready, and then of each file in turn what came of it. */
export type RecogniseReply = { type: "ready" } | { type: "found"; found: Recognition } | { type: "failed"; error: ErrorJson };
