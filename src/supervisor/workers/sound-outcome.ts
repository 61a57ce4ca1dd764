import { MillraceError } from "../../errors.ts";
import type { Outcome } from "../../scheduler/executor.ts";
import type { StoredResult } from "../../state/run-store.ts";

/**
 * What a worker may say of an attempt's end. It publishes nothing: swaps of tables and news of datasets are left out.
 *
 * @param file - the key that a result of the attempt has as a file
 * @throws MillraceError `MR-HTTP-006` for what is no outcome
 */
export function soundOutcome(told: unknown, file: string): Outcome {
  const outcome = (told ?? {}) as Outcome;
  switch (outcome.kind) {
    case "success": {
      const { result, chosen } = outcome;
      return { kind: "success", ...(result !== undefined && { result: soundResult(result, file) }), ...(chosen !== undefined && { chosen: texts(chosen) }) };
    }
    case "failed": {
      const { error, final, retryAfterMs } = outcome;
      if (typeof error?.code !== "string" || typeof error.what !== "string") throw unsound();
      return { kind: "failed", error, ...(final === true && { final }), ...(typeof retryAfterMs === "number" && retryAfterMs >= 0 && { retryAfterMs }) };
    }
    case "skipped":
      return { kind: "skipped", ...(typeof outcome.note === "string" && { note: outcome.note }) };
    case "deferred":
      if (typeof outcome.ms !== "number" || !(outcome.ms >= 0)) throw unsound();
      return { kind: "deferred", ms: outcome.ms };
    default:
      throw unsound();
  }
}

function soundResult(result: StoredResult, file: string): StoredResult {
  const items = typeof result.items === "number" ? { items: result.items } : {};
  if ("json" in result && typeof result.json === "string") return { json: result.json, ...items };
  if ("file" in result && result.file === file && typeof result.bytes === "number" && typeof result.sha256 === "string") return { file, bytes: result.bytes, sha256: result.sha256, ...items };
  throw unsound();
}

function texts(list: unknown): string[] {
  if (Array.isArray(list) && list.every((each) => typeof each === "string")) return list;
  throw unsound();
}

const unsound = (): MillraceError => new MillraceError("MR-HTTP-006", { what: "this is no outcome of an attempt", where: "a worker's call", mend: "start the worker with the version of its control plane" });
