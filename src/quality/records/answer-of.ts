import type { RecordTest } from "../../model/quality/check-definition.ts";

/** Why a function does not let a record pass; undefined where it does. One that throws says that the record is not as it expects it. */
export function answerOf(holds: RecordTest, record: unknown): string | undefined {
  try {
    const answer = holds(record);
    if (answer === true) return undefined;
    return typeof answer === "string" ? answer : "its function says no";
  } catch (error) {
    return `its function threw: ${error instanceof Error ? error.message : String(error)}`;
  }
}
