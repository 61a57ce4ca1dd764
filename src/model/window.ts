import { MillraceError } from "../errors.ts";
import { durationMs } from "./duration.ts";
import type { WindowDecl } from "./manifest.ts";

/**
 * Windows of one size that follow each other without a gap, aligned to 1970-01-01T00:00Z.
 * @example tumbling("1h")
 */
export function tumbling(size: string): WindowDecl & { kind: "tumbling" } {
  return { kind: "tumbling", sizeMs: durationMs(size, "tumbling window, size") };
}

/**
 * Windows of one size that begin every `advance`; a record falls into each that covers it.
 * @param advance - at most `size`; equal to it, the windows are tumbling
 * @throws MillraceError `MR-MODEL-001` when `advance` is longer than `size`: records between windows would be lost
 * @example hopping("1h", "10m")
 */
export function hopping(size: string, advance: string): WindowDecl & { kind: "hopping" } {
  const sizeMs = durationMs(size, "hopping window, size");
  const advanceMs = durationMs(advance, "hopping window, advance");
  if (advanceMs > sizeMs) {
    throw new MillraceError("MR-MODEL-001", {
      what: `windows of ${size} every ${advance} leave out the records between them`,
      where: "hopping window, advance",
      mend: "let `advance` be at most `size`",
    });
  }
  return { kind: "hopping", sizeMs, advanceMs };
}

/**
 * Windows that last as long as records of a group follow each other within `gap`.
 * @example session("30m")
 */
export function session(gap: string): WindowDecl & { kind: "session" } {
  return { kind: "session", gapMs: durationMs(gap, "session window, gap") };
}
