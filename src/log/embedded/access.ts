import { createHmac, timingSafeEqual } from "node:crypto";
import { MillraceError } from "../../errors.ts";

/** What one identity may do with the log. `*` stands for everything. */
export interface Grant {
  /** Stage, or `control`. A stage commits for the group of its own name alone. */
  name: string;
  reads: string[];
  writes: string[];
  /** May create and delete topics, and act for any group. */
  admin?: boolean;
}

/** A token that carries its grant, signed: the log service checks it without asking anyone. */
export function signGrant(grant: Grant, secret: string): string {
  const body = Buffer.from(JSON.stringify(grant), "utf8").toString("base64url");
  return `${body}.${signature(body, secret)}`;
}

/** @throws MillraceError `MR-LOG-008` when the token was not signed with this secret */
export function verifyGrant(token: string, secret: string): Grant {
  const [body, given] = token.split(".");
  const wanted = Buffer.from(signature(body ?? "", secret));
  const got = Buffer.from(given ?? "");
  if (body && wanted.byteLength === got.byteLength && timingSafeEqual(wanted, got)) return JSON.parse(Buffer.from(body, "base64url").toString("utf8")) as Grant;
  throw new MillraceError("MR-LOG-008", { what: "the token was not given out by this Millrace", where: "the log service", mend: "start the process through `millrace up`" });
}

const signature = (body: string, secret: string): string => createHmac("sha256", secret).update(body).digest("base64url");

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
