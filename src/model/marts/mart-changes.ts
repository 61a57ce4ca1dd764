import { canonical } from "../release.ts";
import type { MartDecl } from "./mart-decl.ts";

/** What a change of a project does to a mart. */
export interface MartChanges {
  name: string;
  change: "added" | "removed" | "changed";
  /** Audiences that come, and those that go. */
  readers: { added: string[]; removed: string[] };
  tables: { added: string[]; removed: string[] };
}

type Marts = Readonly<Record<string, MartDecl>>;

/** By name; of a mart that is declared as it was there is nothing. */
export function martChanges(from: Marts = {}, to: Marts = {}): MartChanges[] {
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  return names.filter((name) => contentOf(from[name]) !== contentOf(to[name])).map((name) => changesOf(name, from[name], to[name]));
}

/** @returns no difference where the mart is declared as it was */
export function changesOf(name: string, before: MartDecl | undefined, after: MartDecl | undefined): MartChanges {
  const listed = (field: "readers" | "tables"): MartChanges["readers"] => difference(before?.[field] ?? [], after?.[field] ?? []);
  return { name, change: before === undefined ? "added" : after === undefined ? "removed" : "changed", readers: listed("readers"), tables: listed("tables") };
}

function contentOf(mart: MartDecl | undefined): string {
  return canonical(JSON.parse(JSON.stringify({ ...mart, declaredAt: undefined })));
}

function difference(before: readonly string[], after: readonly string[]): { added: string[]; removed: string[] } {
  return { added: after.filter((each) => !before.includes(each)), removed: before.filter((each) => !after.includes(each)) };
}
