import { MillraceError } from "../errors.ts";
import type { Manifest, StageDecl, TopicDecl } from "../model/manifest.ts";
import { compileValidator } from "../model/validate.ts";
import type { ControlPlane } from "./control-plane.ts";
import { IngestLane } from "./ingest-lane.ts";
import type { ServerMetrics } from "./metrics.ts";
import { TopicWriter } from "./topic-writer.ts";
import { unknownName } from "./unknown-name.ts";

/** Limits of an HTTP source, as its declaration or the defaults have them. */
export interface SourceLimits {
  recordBytesMax: number;
  requestBytesMax: number;
}

export interface Source extends SourceLimits {
  writer: TopicWriter;
}

export interface WritersOptions {
  control: ControlPlane;
  metrics: ServerMetrics;
  /** For sources that declare none, and the largest request that a source may declare. */
  limits: SourceLimits & { requestBytesCeiling: number };
  idleAfterMs: number;
  onError: (error: unknown) => void;
}

/**
 * The writers of all sources and topics, made when they are first used and made anew when a release changes their topic.
 * A lane outlives that: its event time has come as far as it has.
 */
export class Writers {
  readonly #options: WritersOptions;
  readonly #writers = new Map<string, TopicWriter>();
  readonly #lanes = new Map<string, IngestLane>();
  readonly #sources = new Map<string, { decl: StageDecl; topic: TopicDecl; source: Source }>();

  constructor(options: WritersOptions) {
    this.#options = options;
  }

  /**
   * The HTTP source of this name.
   * @throws MillraceError `MR-HTTP-005` when there is none, `MR-HTTP-008` when it is paused
   */
  source(name: string): Source {
    const { control } = this.#options;
    const manifest = control.manifest();
    const decl = Object.hasOwn(manifest.stages, name) ? manifest.stages[name] : undefined;
    if (decl?.kind !== "http") throw unknownName("MR-HTTP-005", "HTTP source", name, httpSources(manifest), `POST /ingest/${name}`);
    const paused = control.intakePaused(name);
    if (paused !== undefined) throw pausedSource(name, paused);
    const topic = manifest.topics[Object.values(decl.to)[0]];
    const known = this.#sources.get(name);
    if (known?.decl === decl && known.topic === topic) return known.source;
    const source = { writer: this.#writer(name, topic), ...this.#limits(decl) };
    this.#sources.set(name, { decl, topic, source });
    return source;
  }

  /** The writer of records that are produced to a topic by name. */
  topic(topic: TopicDecl): TopicWriter {
    return this.#writer(producerOf(topic), topic);
  }

  /** Lets go of what a process before this one may have held: its readers wait for doors that no longer speak. */
  async start(): Promise<void> {
    const { control, onError } = this.#options;
    const manifest = control.manifest();
    const sources = httpSources(manifest).map((name) => ({ name, topic: manifest.topics[Object.values(manifest.stages[name].to)[0]] }));
    const produced = Object.values(manifest.topics).filter(({ internal }) => !internal).map((topic) => ({ name: producerOf(topic), topic }));
    await Promise.all([...sources, ...produced].map(({ name, topic }) => this.#release(name, topic).catch(onError)));
  }

  async #release(name: string, topic: TopicDecl): Promise<void> {
    const { partitionInfo } = await this.#options.control.log.topic(topic.name);
    await this.#lane(name, topic).release(partitionInfo.filter(({ end }) => end > 0).map(({ partition }) => partition));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close().catch(this.#options.onError)));
  }

  #limits({ settings }: StageDecl): SourceLimits {
    const declared = (settings ?? {}) as Partial<SourceLimits>;
    const { limits } = this.#options;
    return {
      recordBytesMax: declared.recordBytesMax ?? limits.recordBytesMax,
      requestBytesMax: Math.min(declared.requestBytesMax ?? limits.requestBytesMax, limits.requestBytesCeiling),
    };
  }

  #writer(name: string, topic: TopicDecl): TopicWriter {
    const known = this.#writers.get(name);
    if (known?.topic === topic) return known;
    const { control, metrics } = this.#options;
    const writer = new TopicWriter({
      log: control.log,
      topic,
      producer: name,
      lane: this.#lane(name, topic),
      validate: compileValidator(topic.schema),
      onAppend: (ms) => metrics.appended(name, ms),
    });
    this.#writers.set(name, writer);
    return writer;
  }

  #lane(name: string, topic: TopicDecl): IngestLane {
    const key = `${name}\n${topic.name}`;
    let lane = this.#lanes.get(key);
    if (!lane) {
      const { control, idleAfterMs, onError } = this.#options;
      lane = new IngestLane({ lane: name, topic: topic.name, idleAfterMs, append: (outputs) => control.log.append({ producer: name, outputs }), onError });
      this.#lanes.set(key, lane);
    }
    return lane;
  }
}

/** Who writes what is produced to a topic by name, and its lane. */
export const producerOf = ({ name }: TopicDecl): string => `api/${name}`;

const httpSources = ({ stages }: Manifest): string[] =>
  Object.values(stages)
    .filter(({ kind }) => kind === "http")
    .map(({ name }) => name);

function pausedSource(name: string, reason: string): MillraceError {
  return new MillraceError("MR-HTTP-008", { what: `source "${name}" is paused: ${reason}`, where: `POST /ingest/${name}`, mend: `resume it with \`millrace stages resume ${name}\`, then send again`, retryable: true });
}
