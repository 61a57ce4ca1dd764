import { MillraceError } from "../../errors.ts";
import { nearest } from "../names.ts";
import type { TableDecl } from "../manifest.ts";
import { readsOfModel } from "./model-graph.ts";

type Tables = Record<string, TableDecl>;

/**
 * Chooses models, as dbt's users write it. A method, with the graph around it:
 *
 * | text | chooses |
 * |---|---|
 * | `sales.daily` | the model |
 * | `sales.*`, `*` | models whose names fit |
 * | `tag:nightly` | models with the tag |
 * | `dag:models.daily` | models that the DAG builds |
 * | `kind:view` | models that are kept so |
 * | `+sales.daily` | it and all that it is made of |
 * | `sales.daily+` | it and all that is made of it; also of a table or topic that is no model: `raw.orders+`, `topics.orders+` |
 * | `2+sales.daily+1` | as far as so many steps |
 * | `tag:nightly,sales.*` | what both choose |
 *
 * Several texts choose what any of them does.
 *
 * @param exclude - what is taken away again, in the same words
 * @returns names in an order in which each comes behind those it reads; all models when nothing is selected
 * @throws MillraceError `MR-MODEL-004` for a name that chooses nothing
 */
export function selectModels(tables: Tables, select: readonly string[], exclude: readonly string[] = []): string[] {
  const models = Object.values(tables).filter(({ model }) => model !== undefined);
  const graph = new ModelGraph(models);
  const chosen = select.length === 0 ? new Set(models.map(({ name }) => name)) : union(select.map((text) => chosenBy(text, graph)));
  for (const name of union(exclude.map((text) => chosenBy(text, graph)))) chosen.delete(name);
  return graph.ordered().filter((name) => chosen.has(name));
}

/** Whether a text is one that chooses among models, whatever there is. */
export function isSelector(text: string): boolean {
  return /[+*:,]/.test(text);
}

class ModelGraph {
  readonly models: readonly TableDecl[];
  readonly #above = new Map<string, string[]>();
  readonly #below = new Map<string, string[]>();

  constructor(models: readonly TableDecl[]) {
    this.models = models;
    for (const { name, model } of models) {
      const reads = model ? readsOfModel(model).filter((other) => other !== name) : [];
      this.#above.set(name, reads);
      for (const other of reads) this.#below.set(other, [...(this.#below.get(other) ?? []), name]);
    }
  }

  isModel(name: string): boolean {
    return this.models.some((model) => model.name === name);
  }

  /** What is read and is no model: it can be named for the sake of what stands around it. */
  sources(): string[] {
    return [...this.#below.keys()].filter((name) => !this.isModel(name));
  }

  ordered(): string[] {
    const done = new Set<string>();
    const visit = (name: string): void => {
      if (done.has(name)) return;
      for (const other of this.#above.get(name) ?? []) visit(other);
      done.add(name);
    };
    for (const { name } of this.models) visit(name);
    return [...done].filter((name) => this.isModel(name));
  }

  /** Those given, and what lies so many steps up or down. */
  around(from: Iterable<string>, up: number, down: number): Set<string> {
    const names = new Set(from);
    return union([names, this.#reach(names, this.#above, up), this.#reach(names, this.#below, down)]);
  }

  #reach(from: Iterable<string>, edges: Map<string, string[]>, steps: number): Set<string> {
    const found = new Set<string>();
    let edge = [...from];
    for (let n = 0; n < steps && edge.length > 0; n++) {
      edge = edge.flatMap((name) => edges.get(name) ?? []).filter((name) => !found.has(name));
      for (const name of edge) found.add(name);
    }
    return found;
  }
}

/** Parts with commas between them: what all of them choose. */
function chosenBy(text: string, graph: ModelGraph): Set<string> {
  const [first, ...others] = text.split(",").map((part) => chosenByPart(part.trim(), graph));
  return new Set([...first].filter((name) => others.every((other) => other.has(name))));
}

function chosenByPart(text: string, graph: ModelGraph): Set<string> {
  const [, up, method, down] = /^(\d*\+)?(.*?)(\+\d*)?$/s.exec(text) as RegExpExecArray;
  const found = [...graph.around(named(method, graph), steps(up?.slice(0, -1)), steps(down?.slice(1)))].filter((name) => graph.isModel(name));
  if (found.length > 0) return new Set(found);
  throw chooses(text, `"${method}" is no model; write "${method}+" for the models that are made of it`);
}

/** Nothing beside the sign: as far as it goes. */
function steps(text: string | undefined): number {
  if (text === undefined) return 0;
  return text === "" ? Number.POSITIVE_INFINITY : Number(text);
}

function named(method: string, graph: ModelGraph): string[] {
  const { models } = graph;
  const [, kind, value] = /^(tag|dag|kind):(.*)$/s.exec(method) ?? [];
  const fits = fitsOf(kind, value ?? method);
  const found = models.filter(fits).map(({ name }) => name);
  if (found.length > 0) return found;
  const source = kind === undefined ? graph.sources().find((name) => name === method) : undefined;
  if (source !== undefined) return [source];
  const near = kind === undefined ? nearest(method, models.map(({ name }) => name)) : undefined;
  throw chooses(method, near ? `did you mean "${near}"?` : "name a model, a pattern as sales.*, tag:name, dag:name or kind:view; with + before or behind for what stands around it");
}

function chooses(text: string, mend: string): MillraceError {
  return new MillraceError("MR-MODEL-004", { what: `${JSON.stringify(text)} chooses no model`, where: "the selection", mend });
}

function fitsOf(kind: string | undefined, value: string): (table: TableDecl) => boolean {
  if (kind === "tag") return ({ model }) => model?.tags.includes(value) ?? false;
  if (kind === "dag") return ({ model }) => model?.dag === value;
  if (kind === "kind") return ({ model }) => model?.materialize.kind === value;
  const pattern = new RegExp(`^${value.split("*").map((part) => part.replaceAll(/[^\w]/g, "\\$&")).join(".*")}$`);
  return ({ name }) => pattern.test(name);
}

function union(sets: Iterable<string>[]): Set<string> {
  return new Set(sets.flatMap((set) => [...set]));
}
