import type { ReaderToken } from "../govern/reader-tokens.ts";
import type { Manifest } from "../model/manifest.ts";
import type { ExternalStatus, MartStatus } from "../server/control-plane.ts";

/* What a project has beyond its own lake: what it reads outside, and whom it lets read. */

export function externalStatuses({ external = {} }: Pick<Manifest, "external">): ExternalStatus[] {
  return Object.entries(external).map(([name, decl]) => ({ name, kind: decl.kind, at: decl.kind === "files" ? decl.at.join(", ") : `schema ${decl.schema}` }));
}

export function martStatuses({ marts = {} }: Pick<Manifest, "marts">, tokens: readonly ReaderToken[]): MartStatus[] {
  const now = Date.now();
  const good = tokens.filter(({ revokedAt, expiresAt }) => revokedAt === null && (expiresAt === null || Date.parse(expiresAt) > now));
  return Object.values(marts).map(({ name, readers, tables }) => ({ name, readers, tables: tables.length, tokens: good.filter(({ audience }) => readers.includes(audience)).length }));
}
