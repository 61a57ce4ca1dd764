import { headersAt, keyAt } from "../batch/rows.ts";
import { offsetAt } from "../batch/select.ts";
import type { RecordContext, StageLog } from "../model/definition.ts";
import type { SecretAccess } from "../model/secret.ts";
import type { InputBatch } from "./operator.ts";
import type { OperatorHost } from "./operator-host.ts";

/** The one context object of a stage; it is moved from record to record and works things out when asked. */
export class MovingContext implements RecordContext {
  readonly stage: string;
  readonly signal: AbortSignal;
  readonly log: StageLog;
  readonly secret: SecretAccess["secret"];
  readonly connection: SecretAccess["connection"];
  attempt = 1;
  #input: InputBatch | undefined;
  #index = 0;

  constructor({ stage, signal, log, secrets }: Pick<OperatorHost, "stage" | "signal" | "log" | "secrets">) {
    this.stage = stage;
    this.signal = signal;
    this.log = log;
    this.secret = secrets.secret;
    this.connection = secrets.connection;
  }

  at(input: InputBatch, index: number): this {
    this.#input = input;
    this.#index = index;
    return this;
  }

  get #current(): InputBatch {
    if (!this.#input) throw new Error("the context was read outside of `run`");
    return this.#input;
  }

  get topic(): string {
    return this.#current.topic;
  }

  get partition(): number {
    return this.#current.partition;
  }

  get offset(): number {
    return offsetAt(this.#current, this.#index);
  }

  get key(): string | null {
    return keyAt(this.#current.batch, this.#index);
  }

  get eventTime(): number {
    return this.#current.batch.eventTime[this.#index];
  }

  get headers(): readonly (readonly [string, string])[] {
    return headersAt(this.#current.batch, this.#index);
  }
}
