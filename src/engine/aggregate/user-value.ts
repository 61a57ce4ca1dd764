import { isoTimestamp } from "../../batch/timestamp.ts";
import type { Column } from "../../model/manifest.ts";

/** Turns a value as batches hold it into one as user code knows it. Null is that of a field without a value. */
export function userValue({ type, optional }: Column): (stored: string | number | null) => unknown {
  const missing = optional ? undefined : null;
  switch (type) {
    case "boolean":
      return (stored) => (stored === null ? missing : stored === 1);
    case "timestamp":
      return (stored) => (stored === null ? missing : isoTimestamp(stored as number));
    case "json":
      return (stored) => (stored === null ? missing : JSON.parse(stored as string));
    default:
      return (stored) => stored ?? missing;
  }
}
