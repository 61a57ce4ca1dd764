import type { ErrorJson } from "../../errors.ts";
import type { Outcome } from "../../scheduler/executor.ts";

/** Shorter ones would take half of every word with them. */
const charsMin = 4;
const stars = "***";

/** Takes secrets out of what is kept and shown: as they are, and as JSON and addresses write them. */
export class Mask {
  readonly #found: RegExp | undefined;

  constructor(secrets: Readonly<Record<string, string>> = {}) {
    // Of a secret with several lines, each line could come alone.
    const values = Object.values(secrets).flatMap((value) => [value, ...value.split("\n")]).filter((value) => value.trim().length >= charsMin);
    const forms = new Set(values.flatMap((value) => [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), Buffer.from(value).toString("base64")]));
    // The longest first: one that contains another goes as a whole.
    if (forms.size > 0) this.#found = new RegExp([...forms].sort((a, b) => b.length - a.length).map((form) => form.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"), "g");
  }

  text(text: string): string {
    return this.#found ? text.replace(this.#found, stars) : text;
  }

  /** What an outcome says to people; a result is data and stays as it is, but that of a command: it is of its output. */
  outcome(outcome: Outcome): Outcome {
    if (!this.#found) return outcome;
    if (outcome.kind === "skipped") return { ...outcome, note: outcome.note && this.text(outcome.note) };
    if (outcome.kind !== "failed") return outcome;
    return { ...outcome, error: this.error(outcome.error) };
  }

  error(error: ErrorJson): ErrorJson {
    return { ...error, what: this.text(error.what), where: this.text(error.where), mend: this.text(error.mend) };
  }
}
