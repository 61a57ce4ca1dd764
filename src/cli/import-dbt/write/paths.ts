import type { Resource } from "../project/dbt-project.ts";

/** The file of the new project that declares a resource: beside where it was. */
export function resourcePath({ kind, name, source }: Pick<Resource, "kind" | "name" | "source">): string {
  const folder = source.path.split("/").slice(0, -1).join("/");
  const safe = name.replaceAll(/[^A-Za-z0-9_.-]+/g, "_");
  if (kind === "snapshot") return `snapshots/${safe}.ts`;
  return `${folder === "" ? kind : folder}/${safe}.ts`;
}
