import type { MapDecl, TaskKind } from "../dag-manifest.ts";
import { definitionKind, type TableDefinition, type TaskCode, type TaskParts, type TopicDefinition } from "../definition.ts";
import type { Json } from "../manifest.ts";
import { type Place, placeText } from "../place.ts";
import { fault, Faults } from "./fault.ts";
import { refMark } from "./refs.ts";
import { contextNames } from "./task-context.ts";
import { secretNames } from "../secret.ts";
import { checkPlaces } from "./templates.ts";
import { checkMemo, taskSettings } from "./task-options.ts";
import type { TaskDefaults, TaskOptions } from "./tools.ts";

/** Where a task is declared: under which names, and in which map. */
export interface Scope {
  /** `checks.`, or nothing. */
  prefix: string;
  /** Full name of the map. */
  map?: string;
}

/** A task as one of the tools gives it to the builder. */
export interface TaskSpec {
  name: unknown;
  kind: TaskKind;
  inputs: unknown;
  /** Those that every task has. */
  options: TaskOptions;
  /** `timeout` among them means something else. */
  ownTimeout: boolean;
  /** Reads what is particular about the kind. */
  read(where: string): TaskContent;
  site: Place | undefined;
}

/** What a task does. */
export interface TaskContent {
  code?: TaskCode;
  settings?: Json;
  /** Names of the secrets that its statement names. */
  secrets?: readonly string[];
  /** What else the kind sets. */
  parts?: Partial<TaskParts>;
  /** Names of what a branch can choose, in its own scope or in the DAG. */
  choices?: string[];
}

/** What a reference stands for. Kept here, so that one of another DAG is not known. */
type Facts =
  | { kind: "task"; name: string; map?: string; parts?: TaskParts }
  | { kind: "mapped"; name: string; ends: string[] }
  | { kind: "looped"; name: string; ends: string[] }
  | { kind: "item"; map: string }
  | { kind: "group"; ends: string[]; map?: string };

const tasksMax = 10_000;
const nameForm = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const inputForm = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/** Gathers the tasks of a DAG while the user's function runs. A fault leaves out what it is of, and the rest is looked at too. */
export class DagBuilder {
  readonly dag: string;
  readonly tasks: TaskParts[] = [];
  readonly maps: MapDecl[] = [];
  readonly code = new Map<string, TaskCode>();
  readonly datasets = new Set<TopicDefinition | TableDefinition>();
  readonly faults: Faults;
  readonly #defaults: TaskDefaults;
  readonly #facts = new WeakMap<object, Facts>();
  /** Tasks, groups and maps, with the place of each. */
  readonly #names = new Map<string, Place | undefined>();
  readonly #choices: { branch: string; scope: Scope; choices: string[]; where: string }[] = [];
  #closed = false;

  constructor(dag: string, defaults: TaskDefaults) {
    this.dag = dag;
    this.faults = new Faults(dag);
    this.#defaults = defaults;
  }

  /** From here on its tools refuse; what could not be known before is looked at. */
  close(): void {
    this.#closed = true;
    const known = new Map(this.tasks.map((task) => [task.name, task]));
    for (const { branch, scope, choices, where } of this.#choices) {
      for (const choice of choices.map((name) => this.fullName(scope, name))) if (!known.get(choice)?.after.includes(branch)) this.faults.list.push(fault(`the branch may choose "${choice}", which ${known.has(choice) ? "does not follow it" : "is not there"}`, where, "let each of its choices be a task that comes directly after it"));
    }
  }

  /** The name of a task as it is in the DAG: one of the same scope comes first. */
  fullName({ prefix }: Scope, name: string): string {
    return this.#names.has(prefix + name) ? prefix + name : name;
  }

  where(what: string, name: unknown, site: Place | undefined): string {
    return `${what} ${JSON.stringify(name) ?? String(name)} of DAG "${this.dag}"${site ? `, ${placeText(site)}` : ""}`;
  }

  /** A name in its scope, with those around it, taken for good. */
  takeName(scope: Scope, what: "task" | "group" | "map" | "loop", name: unknown, site: Place | undefined): string {
    const where = this.where(what, name, site);
    if (this.#closed) throw fault(`the ${what} is declared when the DAG is complete`, where, "declare all of it in the function that builds the DAG, and let that function not be async");
    if (typeof name !== "string" || !nameForm.test(name)) throw fault(`${JSON.stringify(name) ?? String(name)} is no name for a ${what}`, where, "use 1 to 64 letters, digits, hyphens and underscores; the first a letter or a digit");
    const full = scope.prefix + name;
    if (this.#names.has(full)) {
      const first = this.#names.get(full);
      throw fault(`"${full}" is declared twice`, first ? `${where}; first ${placeText(first)}` : where, "give one of the two another name");
    }
    this.#names.set(full, site);
    return full;
  }

  add(scope: Scope, spec: TaskSpec): object & { name: string } {
    const where = this.where("task", spec.name, spec.site);
    const name = this.faults.attempt(where, () => this.takeName(scope, "task", spec.name, spec.site), undefined);
    // Nothing good comes of a million tasks: neither a graph that anybody can read nor an end to this loop.
    if (this.tasks.length >= tasksMax) throw fault(`the DAG has more than ${tasksMax.toLocaleString("en")} tasks`, where, "let a map run one task over a list, or make several DAGs of it");
    const parts = name === undefined ? undefined : this.faults.attempt(where, () => this.#parts(scope, name, spec, where), undefined);
    if (parts) this.tasks.push(parts);
    return this.ref({ kind: "task", name: name ?? `${scope.prefix}${String(spec.name)}`, map: scope.map, parts });
  }

  ref<F extends Facts>(facts: F): object & { name: string } {
    const ref = { [refMark]: facts.kind, ...("name" in facts ? { name: facts.name } : {}) };
    this.#facts.set(ref, facts);
    return ref as unknown as object & { name: string };
  }

  /** Lets what stands for a group or a map carry what its builder gave out. */
  refWith(facts: Facts, given: object): object {
    const ref = { ...given, [refMark]: facts.kind };
    this.#facts.set(ref, facts);
    return ref;
  }

  factsOf(ref: unknown): Facts | undefined {
    return typeof ref === "object" && ref !== null ? this.#facts.get(ref) : undefined;
  }

  /** Names of the tasks that a list of references stands for. */
  befores(scope: Scope, refs: unknown, option: string, where: string): string[] {
    if (refs === undefined) return [];
    if (!Array.isArray(refs)) throw fault(`\`${option}\` is no list`, where, `write ${option}: [ … ]`);
    return [...new Set(refs.flatMap((ref) => this.#before(scope, ref, option, where)))];
  }

  noteDataset(value: unknown, option: string, where: string): string {
    const kind = definitionKind(value);
    if (kind !== "topic" && kind !== "table") throw fault(`\`${option}\` names what is no dataset`, where, "give what topic(…) or table(…) returned; where it is undefined, two files import each other");
    this.datasets.add(value as TopicDefinition | TableDefinition);
    return (value as TopicDefinition).name;
  }

  #parts(scope: Scope, name: string, spec: TaskSpec, where: string): TaskParts {
    const { kind, site } = spec;
    const options = spec.ownTimeout ? { ...spec.options, timeout: undefined } : spec.options;
    const content = spec.read(where);
    const { inputs, item, befores } = this.#inputs(scope, spec.inputs, where);
    const setups = options.teardownOf === undefined ? undefined : this.#setups(scope, options.teardownOf, where);
    const updates = this.#updates(options.updates, where);
    if (content.code) this.code.set(name, content.code);
    if (content.choices) this.#choices.push({ branch: name, scope, choices: content.choices, where });
    const { into } = content.parts ?? {};
    const settings = taskSettings(options, spec.ownTimeout ? { ...this.#defaults, timeout: undefined } : this.#defaults, where);
    if (settings.memo) checkMemo({ kind, writes: into !== undefined || updates.length > 0, hasKey: settings.memo.key !== undefined }, where);
    const places = secretNames(content.settings);
    const secrets = [...new Set([...(settings.secrets ?? []), ...places, ...(content.secrets ?? [])])];
    if (places.length > 0) checkPlaces(kind, content.settings as Json, where);
    return {
      ...{ name, kind, inputs, item, map: scope.map },
      after: [...new Set([...befores, ...(setups ?? []), ...this.befores(scope, options.after, "after", where)])],
      ...settings,
      ...(places.length > 0 ? { template: true as const } : {}),
      ...(secrets.length > 0 ? { secrets } : {}),
      ...(setups ? { teardownOf: setups } : {}),
      ...content.parts,
      code: content.code !== undefined,
      settings: content.settings,
      updates: [...new Set(into === undefined ? updates : [into, ...updates])],
      site,
    };
  }

  #inputs(scope: Scope, given: unknown, where: string): { inputs: Record<string, string>; item?: string; befores: string[] } {
    const inputs: Record<string, string> = {};
    const befores: string[] = [];
    let item: string | undefined;
    if (given === undefined) return { inputs, befores: [] };
    if (typeof given !== "object" || given === null || Array.isArray(given)) throw fault("the inputs are none", where, "give an object of a name to each task whose result it takes, as { rows }");
    for (const [name, ref] of Object.entries(given)) {
      if (!inputForm.test(name) || contextNames.includes(name)) throw fault(`${JSON.stringify(name)} is no name for an input`, where, contextNames.includes(name) ? `every task is given \`${name}\` already: choose another name` : "use letters, digits and underscores");
      const facts = this.#seen(scope, ref, `input "${name}"`, where);
      if (facts.kind === "group") throw fault(`input "${name}" is a group, which has no result`, where, "take one of its tasks, or come after it: after: [ … ]");
      if (facts.kind === "item" && item !== undefined) throw fault("the item of the map is an input twice", where, "take it once");
      if (facts.kind === "item") item = name;
      else inputs[name] = facts.name;
      // The result of a loop is there when its last round is.
      if (facts.kind === "looped") befores.push(...facts.ends);
    }
    return { inputs, item, befores: [...Object.values(inputs), ...befores] };
  }

  #before(scope: Scope, ref: unknown, option: string, where: string): string[] {
    const facts = this.#seen(scope, ref, `\`${option}\``, where);
    switch (facts.kind) {
      case "task":
        return [facts.name];
      case "mapped":
      case "looped":
      case "group":
        return facts.ends;
      case "item":
        throw fault(`\`${option}\` names the item of a map, which is no task`, where, "take it as an input: { item }");
    }
  }

  /** What a reference stands for, where it can be seen from the scope. */
  #seen(scope: Scope, ref: unknown, what: string, where: string): Facts {
    const facts = this.factsOf(ref);
    if (!facts) throw this.#unknown(ref, what, where);
    const inside = facts.kind === "mapped" || facts.kind === "looped" ? undefined : facts.map;
    if (inside !== undefined && inside !== scope.map) {
      const subject = facts.kind === "task" ? `task "${facts.name}"` : "what is";
      throw fault(`${what} is ${subject} inside of "${inside}", which runs more than once`, where, "use what map(…) or loop(…) returned");
    }
    return facts;
  }

  #unknown(ref: unknown, what: string, where: string) {
    if (typeof ref === "object" && ref !== null && refMark in ref) return fault(`${what} is of another DAG`, where, "wait for the data that it makes: wait(…, { dataset }); or start that DAG from here: trigger(…)");
    return fault(`${what} is no task`, where, "give what task(…), sql(…) … returned; a group as `after: [group]`");
  }

  #setups(scope: Scope, refs: unknown, where: string): string[] {
    if (!Array.isArray(refs) || refs.length === 0) throw fault("`teardownOf` is no list of tasks", where, "write teardownOf: [setup]");
    return refs.map((ref) => {
      const facts = this.#seen(scope, ref, "`teardownOf`", where);
      if (facts.kind !== "task") throw fault("`teardownOf` names what is no single task", where, "name the tasks themselves");
      if (facts.parts) facts.parts.setup = true;
      return facts.name;
    });
  }

  #updates(given: unknown, where: string): string[] {
    if (given === undefined) return [];
    if (!Array.isArray(given)) throw fault("`updates` is no list", where, "write updates: [table]");
    return given.map((each) => this.noteDataset(each, "updates", where));
  }
}
