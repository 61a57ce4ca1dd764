import type { ErrorJson } from "../../errors.ts";
import type { Recognition, RecogniseOptions } from "../../formats/recognise.ts";

/** What a recognising process is told: files to be read one after the other. */
export interface RecogniseRequest {
  type: "files";
  files: FileToRecognise[];
  options: Pick<RecogniseOptions, "classifiers" | "documents">;
}

/** A path of this machine; or what lies elsewhere, and is asked of the parent, so that no way to it leads through this process. */
export type FileToRecognise = string | { name: string; version: string; size: number };

/** To a process: its files, and what it has asked for: the bytes are the message's body. */
export type ToRecogniser = RecogniseRequest | { type: "bytes" } | { type: "refused"; error: ErrorJson };

/** What it says: that it is ready, and then of each file in turn what came of it, having asked for bytes of the one at hand as often as it likes. */
export type RecogniseReply = { type: "read"; start: number; end: number } | { type: "ready" } | { type: "found"; found: Recognition } | { type: "failed"; error: ErrorJson };
