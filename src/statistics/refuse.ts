import { MillraceError } from "../errors.ts";

/** Refuses a parameter that a method has no answer for. `where` names the method and the parameter. */
export function requireParameter(holds: boolean, where: string, what: string, mend: string): void {
  if (!holds) throw new MillraceError("MR-STAT-001", { what, where, mend });
}

/** Refuses to judge by fewer than `least` values: an answer from them would be a wrong number. */
export function requireCount(count: number, least: number, where: string): void {
  if (count >= least) return;
  throw new MillraceError("MR-STAT-002", {
    what: `${count} usable value${count === 1 ? "" : "s"}, and ${least} are needed`,
    where,
    mend: "judge when there is more data; missing values and infinities are not counted",
  });
}

/** Refuses a share outside of 0 to 1, both exclusive. */
export function requireShare(share: number, where: string): void {
  requireParameter(share > 0 && share < 1, where, `${share} is no share between 0 and 1`, "give a number above 0 and below 1");
}
