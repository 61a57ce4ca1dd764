import type { Claim, ColumnClaim, PersonalClaim } from "./claim.ts";
import type { Voice } from "./history.ts";

/** A dataset, with what each voice says of it. */
export interface Dataset {
  kind: "database" | "table" | "topic";
  name: string;
  /** `lake`: rows of our own. `model`: rows that a statement gives. `external`: files of somebody else's. `mart`: tables for an audience. `declared`: there are no rows yet. */
  form: "topic" | "lake" | "model" | "external" | "mart" | "declared";
  claims: Claim[];
  facts: DatasetFacts;
}

/** What is counted or stands there, and nobody says otherwise. */
export interface DatasetFacts {
  location?: string;
  format?: string;
  partitionColumns?: { name: string; type: string }[];
  files?: number;
  bytes?: number;
  rows?: number | null;
  /** The crawler that found it. */
  crawler?: string;
  deprecated?: string;
  /** ISO 8601. */
  updatedAt?: string;
  /** Of a mart: the audiences that may read it. */
  readers?: string[];
  /** As its checks judged it last. */
  quality?: QualityFact;
}

export interface QualityFact {
  /** 0 to 100; null where nothing was found out. */
  score: number | null;
  /** ISO 8601. */
  at: string;
  /** The checks that do not hold. */
  broken: string[];
}

/** What is taken as true, whose word it is, and what others say instead. */
export interface Said<T> {
  value: T;
  by: Voice;
  /** In the order in which they would count; absent where nobody says anything else. */
  others?: { value: T; by: Voice }[];
}

export interface CatalogColumn {
  name: string;
  type: Said<string> | null;
  description: Said<string> | null;
  tags: Said<string>[];
  /** Null where nobody has found any, and where a person says that it is none. */
  personal: Said<PersonalClaim> | null;
}

export interface CatalogEntry extends Pick<Dataset, "kind" | "name" | "form"> {
  description: Said<string> | null;
  owner: Said<string> | null;
  tags: Said<string>[];
  columns: CatalogColumn[];
  facts: DatasetFacts;
}

/** Who wins where several say something else. Of types those win who have the rows. */
const order: readonly Voice["kind"][] = ["person", "project", "lake", "crawler"];
const typeOrder: readonly Voice["kind"][] = ["lake", "crawler", "project", "person"];

/** An entry, from all that is said of it. */
export function entryOf({ kind, name, form, claims, facts }: Dataset): CatalogEntry {
  const ranked = byRank(claims, order);
  return { kind, name, form, description: said(ranked, ({ description }) => description), owner: said(ranked, ({ owner }) => owner), tags: tagsOf(ranked), columns: columnsOf(claims), facts };
}

function columnsOf(claims: readonly Claim[]): CatalogColumn[] {
  const names = [...new Set(byRank(claims, typeOrder).flatMap(({ columns = [] }) => columns.map((column) => column.name)))];
  const indexed = claims.map(({ by, columns = [] }) => ({ by, columns: new Map(columns.map((column) => [column.name, column])) }));
  return names.map((name) => columnOf(name, indexed.flatMap(({ by, columns }) => (columns.has(name) ? [{ by, ...(columns.get(name) as ColumnClaim) }] : []))));
}

function columnOf(name: string, claims: readonly (ColumnClaim & { by: Voice })[]): CatalogColumn {
  const ranked = byRank(claims, order);
  const personal = said(ranked, (claim) => claim.personal);
  return {
    ...{ name, type: said(byRank(claims, typeOrder), ({ type }) => type), description: said(ranked, ({ description }) => description), tags: tagsOf(ranked) },
    personal: personal?.value.kind === "none" ? null : personal,
  };
}

function byRank<C extends { by: Voice }>(claims: readonly C[], ranks: readonly Voice["kind"][]): C[] {
  return [...claims].sort((a, b) => ranks.indexOf(a.by.kind) - ranks.indexOf(b.by.kind));
}

function said<C extends { by: Voice }, T>(ranked: readonly C[], read: (claim: C) => T | undefined): Said<T> | null {
  const all = ranked.flatMap((claim) => {
    const value = read(claim);
    return value === undefined ? [] : [{ value, by: claim.by }];
  });
  const [first, ...rest] = all;
  if (first === undefined) return null;
  const others = rest.filter(({ value }) => JSON.stringify(value) !== JSON.stringify(first.value));
  return { ...first, ...(others.length > 0 && { others }) };
}

/** Tags add up. */
function tagsOf(ranked: readonly { by: Voice; tags?: string[] }[]): Said<string>[] {
  const tags = new Map<string, Said<string>>();
  for (const { by, tags: own = [] } of ranked) for (const tag of own) if (!tags.has(tag)) tags.set(tag, { value: tag, by });
  return [...tags.values()];
}
