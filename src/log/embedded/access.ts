import { MillraceError } from "../../errors.ts";
import { signedJson, signJson } from "../signed-json.ts";

/** What one identity may do with the log. `*` stands for everything. */
export interface Grant {
  /** Stage, or `control`. A stage commits for the group of its own name alone. */
  name: string;
  reads: string[];
  writes: string[];
  /** May create and delete topics, and act for any group. */
  admin?: boolean;
  /** Milliseconds since 1970, from which on it opens nothing. Absent: it is as good as the secret that it is signed with. */
  until?: number;
}

/** A token that carries its grant, signed: the log service checks it without asking anyone. */
export const signGrant = (grant: Grant, secret: string): string => signJson(grant, secret);

/** @throws MillraceError `MR-LOG-008` when the token was not signed with this secret, or its time is over */
export function verifyGrant(token: string, secret: string): Grant {
  const grant = signedJson<Grant>(token, secret);
  if (!grant) throw new MillraceError("MR-LOG-008", { what: "the token was not given out by this Millrace", where: "the log service", mend: "start the process through `millrace up`" });
  requireInTime(grant);
  return grant;
}

/** @throws MillraceError `MR-LOG-008` when the grant's time is over */
export function requireInTime({ name, until = Infinity }: Grant): void {
  if (Date.now() < until) return;
  throw new MillraceError("MR-LOG-008", { what: `the token of "${name}" was good until ${new Date(until).toISOString()}`, where: "the log service", mend: "nothing to do: whoever started the process gives it a new one, or starts it anew" });
}

export const mayRead = ({ admin, reads }: Grant, topic: string): boolean => admin === true || reads.includes("*") || reads.includes(topic);

/** @throws MillraceError `MR-LOG-008` naming who wanted what */
export function requireAccess(grant: Grant, verb: "reads" | "writes", topic: string): void {
  if (grant.admin || grant[verb].includes("*") || grant[verb].includes(topic)) return;
  throw new MillraceError("MR-LOG-008", {
    what: `"${grant.name}" may not ${verb === "reads" ? "read" : "write"} topic "${topic}"`,
    where: "the log service",
    mend: `name the topic in the stage's \`${verb === "reads" ? "from" : "to"}\`: the graph is the permission`,
  });
}

export function requireGroup(grant: Grant, group: string): void {
  if (grant.admin || group === grant.name) return;
  throw new MillraceError("MR-LOG-008", { what: `"${grant.name}" may not act for group "${group}"`, where: "the log service", mend: "a stage commits for the group of its own name" });
}

export function requireAdmin(grant: Grant, what: string): void {
  if (grant.admin) return;
  throw new MillraceError("MR-LOG-008", { what: `"${grant.name}" may not ${what}`, where: "the log service", mend: "only the control plane may" });
}
