import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { api } from "../../api/client.ts";
import { type ColumnFlow, type DatasetColumns, flowsOfCopy, flowsOfModel, type Lineage } from "./column-lineage.ts";
import { type ProjectGraph, reached } from "./scope.ts";

/** Datasets that are looked at on each side. */
const datasetsMax = 24;
/** Steps in the graph: a dataset and what makes it are two. */
const depth = 8;

const isDataset = (id: string): boolean => /^(table|topic):/.test(id);
const nameOf = (id: string): string => id.slice(id.indexOf(":") + 1);

/** Columns of a dataset, of those that it comes from and of those that come from it, with the ways between. */
export function useColumnLineage({ nodes, edges }: ProjectGraph, focus: string): { datasets: DatasetColumns[]; flows: ColumnFlow[]; unknown: string[]; isLoading: boolean; isCut: boolean; error: unknown } {
  const data = useMemo(() => edges.filter(({ kind }) => kind === "data"), [edges]);
  const all = useMemo(() => [focus, ...reached(data, focus, "before", depth), ...reached(data, focus, "after", depth)].filter((id) => isDataset(id) && nodes.find((node) => node.id === id)?.internal !== true), [data, nodes, focus]);
  const ids = all.slice(0, datasetsMax);
  const makers = useMemo(() => makersOf(nodes, data), [nodes, data]);
  const models = ids.filter((id) => makers.get(id)?.kind === "model");
  const entries = useQueries({
    queries: ids.map((id) => api.queryOptions("get", "/api/v1/catalog/{kind}/{entry}", { params: { path: { kind: id.startsWith("topic") ? ("topic" as const) : ("table" as const), entry: nameOf(id) } } }, { staleTime: 60_000 })),
  });
  const details = useQueries({ queries: models.map((id) => api.queryOptions("get", "/api/v1/models/{model}", { params: { path: { model: nameOf(id) } } }, { staleTime: 60_000 })) });
  const columnsOf = new Map(entries.flatMap(({ data: entry }, i) => (entry ? [[ids[i], entry.columns.map(({ name }) => name)]] : [])));
  const known = new Set(nodes.map(({ id }) => id));
  const idOf = (name: string): string | undefined => [`table:${name}`, `topic:${name.replace(/^topics\./, "")}`].find((id) => known.has(id));
  const lineages = new Map(details.flatMap(({ data: detail }, i) => (detail ? [[models[i], detail.lineage as unknown as Lineage]] : [])));
  const flows = ids.flatMap((id) => {
    const maker = makers.get(id);
    if (maker?.kind === "copy") return flowsOfCopy({ dataset: maker.from, columns: columnsOf.get(maker.from) ?? [] }, { dataset: id, columns: columnsOf.get(id) ?? [] });
    const lineage = lineages.get(id);
    return lineage === undefined ? [] : flowsOfModel(id, lineage, idOf);
  });
  for (const [id, lineage] of lineages) if (lineage.known && (columnsOf.get(id) ?? []).length === 0) columnsOf.set(id, lineage.outputs.map(({ name }) => name));
  return {
    datasets: ids.map((dataset) => ({ dataset, columns: columnsOf.get(dataset) ?? [] })),
    flows: flows.filter(({ from }) => ids.includes(from.dataset)),
    unknown: [...lineages].filter(([, lineage]) => !lineage.known).map(([id]) => nameOf(id)),
    isLoading: [...entries, ...details].some(({ isPending }) => isPending),
    isCut: all.length > ids.length,
    error: [...entries, ...details].find(({ error }) => error !== null)?.error,
  };
}

type Maker = { kind: "model" } | { kind: "copy"; from: string };

/** How each table is made, where that says something of its columns. */
function makersOf(nodes: ProjectGraph["nodes"], edges: ProjectGraph["edges"]): Map<string, Maker> {
  const forms = new Map(nodes.map((node) => [node.id, node]));
  const makers = new Map<string, Maker>();
  for (const { id, kind } of nodes) if (kind === "view") makers.set(id, { kind: "model" });
  for (const { from, to } of edges) {
    const maker = forms.get(from);
    if (maker?.kind === "task" && maker.form === "model") makers.set(to, { kind: "model" });
    const topic = maker?.form === "table" ? edges.find((edge) => edge.to === from && edge.from.startsWith("topic:") && forms.get(edge.from)?.internal !== true)?.from : undefined;
    if (topic !== undefined && to.startsWith("table:")) makers.set(to, { kind: "copy", from: topic });
  }
  return makers;
}
