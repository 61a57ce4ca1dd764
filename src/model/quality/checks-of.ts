import type { Manifest } from "../manifest.ts";
import type { CheckDecl } from "./check-decl.ts";

/** What is declared of a dataset: `sales.daily`, `topics.orders`. */
export function checksOf({ tables, topics, external = {} }: Pick<Manifest, "tables" | "topics" | "external">, name: string): readonly CheckDecl[] {
  if (name.startsWith("topics.")) return own(topics, name.slice("topics.".length))?.checks ?? [];
  const table = own(tables, name);
  if (table) return table.model?.checks ?? table.checks ?? [];
  const outside = own(external, name);
  return outside?.kind === "files" ? (outside.checks ?? []) : [];
}

export function datasetsWithChecks(manifest: Pick<Manifest, "tables" | "topics" | "external">): string[] {
  const names = [...Object.keys(manifest.tables), ...Object.keys(manifest.external ?? {}), ...Object.keys(manifest.topics).map((name) => `topics.${name}`)];
  return names.filter((name) => checksOf(manifest, name).length > 0);
}

const own = <T>(record: Record<string, T>, name: string): T | undefined => (Object.hasOwn(record, name) ? record[name] : undefined);
