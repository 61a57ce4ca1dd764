import type { Voice } from "./history.ts";

/** What one voice says of an entry. What is absent it says nothing of. */
export interface Claim {
  by: Voice;
  description?: string;
  owner?: string;
  tags?: string[];
  columns?: ColumnClaim[];
}

/** What it says of a column, or of a place within one: `address.street`, `tags.[]`. */
export interface ColumnClaim {
  name: string;
  /** In one line, as the engine that reads it says it. */
  type?: string;
  description?: string;
  tags?: string[];
  personal?: PersonalClaim;
}

/** `none`: it holds no personal data, although somebody says that it does. */
export interface PersonalClaim {
  kind: string;
  /** 0 to 1; of what was found by content. */
  confidence?: number;
}

/** Changes from one claim to another, in words. */
export function claimChanges(before: Claim | undefined, after: Claim | undefined): string[] {
  const facts = (["description", "owner"] as const).flatMap((field) => changed(field, before?.[field], after?.[field]));
  return [...facts, ...changed("tags", tagText(before?.tags), tagText(after?.tags)), ...columnChanges(before?.columns ?? [], after?.columns ?? [])];
}

function columnChanges(before: readonly ColumnClaim[], after: readonly ColumnClaim[]): string[] {
  const [old, now] = [before, after].map((columns) => new Map(columns.map((column) => [column.name, column])));
  const gone = before.filter(({ name }) => !now.has(name)).map(({ name }) => `column ${name} is gone`);
  return [...gone, ...after.flatMap((column) => oneColumn(old.get(column.name), column))];
}

function oneColumn(before: ColumnClaim | undefined, after: ColumnClaim): string[] {
  if (before === undefined && after.type !== undefined) return [`new column ${after.name}: ${after.type}`];
  const field = (what: string): string => `${what} of ${after.name}`;
  return [
    ...changed(field("type"), before?.type, after.type),
    ...changed(field("description"), before?.description, after.description),
    ...changed(field("tags"), tagText(before?.tags), tagText(after.tags)),
    ...changed(field("personal data"), before?.personal?.kind, after.personal?.kind),
  ];
}

const tagText = (tags: readonly string[] | undefined): string | undefined => (tags && tags.length > 0 ? [...tags].sort().join(", ") : undefined);

function changed(what: string, before: string | undefined, after: string | undefined): string[] {
  if (before === after) return [];
  if (after === undefined) return [`${what} taken back: ${before}`];
  return [before === undefined ? `${what}: ${after}` : `${what}: ${before}, now ${after}`];
}
