import { MillraceError } from "../errors.ts";
import type { WriteResult } from "./topic-writer.ts";

/** Rejections told in one answer; the count tells of the rest. */
export const rejectionsMax = 1_000;

/** What a request with records is answered with, when at least one went in. */
export interface WriteAnswer {
  accepted: number;
  /** Records that were not taken, whether listed or not. */
  rejectedCount: number;
  rejected: WriteResult["rejected"];
}

export function writeAnswer({ accepted, rejected }: WriteResult): WriteAnswer {
  return { accepted: accepted.length, rejectedCount: rejected.length, rejected: rejected.slice(0, rejectionsMax) };
}

/** The error of a request of which no record fits: it names the first field and rule, the answer lists the rest. */
export function badRecords({ rejected }: WriteResult, where: string): MillraceError {
  const [{ index, violations }] = rejected;
  const [{ field, rule, message }] = violations;
  const subject = field === "" ? "the record" : `field "${field}"`;
  const more = rejected.length > 1 ? `; none of the ${rejected.length} records fits` : violations.length > 1 ? `; ${violations.length} rules are broken` : "";
  return new MillraceError("MR-DATA-001", {
    what: `${subject}: ${message} (rule "${rule}")${more}`,
    where: `${where}, record ${index}`,
    mend: "mend the record; `rejected` lists every broken rule, and the topic's schema stands at /api/v1/topics/<name>",
  });
}
