import { asMillraceError } from "../../errors.ts";
import { fillSecrets, secretNames } from "../../model/secret.ts";
import type { AlertRow, RunStore } from "../../state/run-store.ts";
import { SecretVault } from "../secrets/secret-vault.ts";
import { alertMessage, targetText } from "./alert-message.ts";
import type { AlertSender, AlertSenders } from "./alert-sender.ts";

export interface AlertOutboxOptions {
  store: Pick<RunStore, "pendingAlerts">;
  /** Stores how an alert has fared; what it refuses is sent again by the next outbox. */
  keep: (rows: AlertRow[]) => Promise<void>;
  senders: AlertSenders;
  /** Default: the environment of this process and its folder of secrets. */
  secrets?: SecretVault;
  logger: { warn(fields: object, text: string): void; error(fields: object, text: string): void };
  /** After so many tries, 1 or more, the next comes after so many milliseconds. */
  waitMs?: (tries: number) => number;
}

/** Receivers that are sent to at once; to each goes one alert after the other, so that a slow one holds up itself alone. */
const atOnceMax = 8;
/** With waits from 5 s to an hour: about a day. */
const triesMax = 32;
const sleepMsMax = 30_000;
const readAgainMs = 5_000;
const closeMs = 3_000;

const backOff = (tries: number): number => Math.min(5_000 * 2 ** (tries - 1), 3_600_000);

/**
 * Sends the alerts that stand in the store until their receivers have taken them, each at least once: one that was sent
 * when this process dies, before it was noted, is sent again under the same id.
 */
export class AlertOutbox {
  readonly #options: AlertOutboxOptions;
  readonly #busy = new Map<string, { to: AlertRow["to"]; sending: Promise<void> }>();
  readonly #abort = new AbortController();
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #timer: NodeJS.Timeout | undefined;
  #state: "asleep" | "open" | "closed" = "asleep";

  constructor(options: AlertOutboxOptions) {
    this.#options = options;
  }

  /** Sends from now on, first of all what an earlier outbox has left. */
  begin(): void {
    this.#state = "open";
    this.wake();
  }

  /** There may be something to send. */
  wake(): void {
    if (this.#state !== "open") return;
    this.#lookAgain = true;
    this.#looking ??= this.#look();
  }

  /** Nothing is being sent, and nothing is due. */
  get idle(): boolean {
    return this.#busy.size === 0 && this.#looking === undefined;
  }

  /** Lets what is being sent come to an end, for a while. What is not done by then is sent by the next outbox. */
  async close(): Promise<void> {
    this.#state = "closed";
    clearTimeout(this.#timer);
    await this.#looking;
    const giveUp = setTimeout(() => this.#abort.abort(), closeMs);
    await Promise.all([...this.#busy.values()].map(({ sending }) => sending));
    clearTimeout(giveUp);
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    while (this.#lookAgain && this.#state === "open") {
      this.#lookAgain = false;
      await this.#begin().catch((error: unknown) => {
        this.#options.logger.warn({ err: error }, "the alerts that are to be sent cannot be read");
        this.#wakeIn(readAgainMs);
      });
    }
    this.#looking = undefined;
  }

  /** Begins to send what is due, to receivers that nothing is sent to just now. */
  async #begin(): Promise<void> {
    while (this.#busy.size < atOnceMax && this.#state === "open") {
      const [row] = await this.#options.store.pendingAlerts({ limit: 1, notTo: [...this.#busy.values()].map(({ to }) => to) });
      if (!row) return;
      const inMs = (row.nextAt as number) - Date.now();
      if (inMs > 0) return this.#wakeIn(Math.min(inMs, sleepMsMax));
      this.#busy.set(JSON.stringify(row.to), { to: row.to, sending: this.#send(row) });
    }
  }

  #wakeIn(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#state === "open") this.#timer = setTimeout(() => this.wake(), ms);
  }

  async #send(row: AlertRow): Promise<void> {
    const fared = await this.#try(row);
    // Whoever closes the scheduler first has an alert sent again, which is what its id is for.
    const kept = fared ? await this.#options.keep([fared]).then(() => true, () => false) : false;
    this.#busy.delete(JSON.stringify(row.to));
    if (kept) this.wake();
    else this.#state = "closed";
  }

  #filled<To extends AlertRow["to"]>(to: To): To {
    const { secrets = new SecretVault() } = this.#options;
    const values = secrets.read(secretNames(to), targetText(to));
    return fillSecrets(to, (name) => values[name]);
  }

  /** @returns undefined when it was broken off */
  async #try(row: AlertRow): Promise<AlertRow | undefined> {
    const { senders, logger, waitMs = backOff } = this.#options;
    const tries = row.tries + 1;
    const over = (): Partial<AlertRow> => ({ tries, nextAt: null, endedAt: Date.now() });
    try {
      const send = senders[row.to.kind] as AlertSender<AlertRow["to"]["kind"]>;
      await send(alertMessage(row), this.#filled(row.to), this.#abort.signal);
      return { ...row, ...over(), state: "sent", error: null };
    } catch (thrown) {
      if (this.#abort.signal.aborted) return undefined;
      const error = asMillraceError(thrown, targetText(row.to)).toJSON();
      const fields = { alert: row.id, dag: row.dag, kind: row.kind, tries, err: error };
      if (!error.retryable || tries >= triesMax) {
        logger.error(fields, "an alert could not be sent, and is given up");
        return { ...row, ...over(), state: "failed", error };
      }
      logger.warn(fields, "an alert could not be sent, and is tried again");
      return { ...row, tries, nextAt: Date.now() + waitMs(tries), error };
    }
  }
}
