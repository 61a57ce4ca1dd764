import type { Batch, Vector } from "../../batch/batch.ts";
import type { Strings } from "../../batch/strings.ts";
import { MillraceError } from "../../errors.ts";
import type { ColumnType } from "../../model/manifest.ts";

export interface NumberColumn {
  values: Float64Array;
  valid?: Uint8Array;
}

export interface TextColumn {
  codes: Int32Array;
  /** What the codes stand for. */
  dictionary: Strings;
  valid?: Uint8Array;
}

export const isText = (type: ColumnType): boolean => type === "string" || type === "date" || type === "json";

/**
 * The columns of the batch at hand, by name and in the form that the loops work on. Numbers of every kind come as float64,
 * so that each loop sees one type of array. A column that the batch lacks is absent here: all its values are null.
 */
export class BatchColumns {
  readonly #where: string;
  readonly #scratch = new Map<string, Float64Array>();
  readonly #numbers = new Map<string, NumberColumn | undefined>();
  #batch: Batch | undefined;

  constructor(where: string) {
    this.#where = where;
  }

  bind(batch: Batch): void {
    this.#batch = batch;
    this.#numbers.clear();
  }

  vector(name: string): Vector | undefined {
    return this.#batch?.columns.find((column) => column.name === name)?.vector;
  }

  /** @throws MillraceError `MR-DATA-002` when the column holds text */
  numbers(name: string): NumberColumn | undefined {
    if (!this.#numbers.has(name)) this.#numbers.set(name, this.#asNumbers(name, this.vector(name)));
    return this.#numbers.get(name);
  }

  /** @throws MillraceError `MR-DATA-002` when the column holds numbers */
  texts(name: string): TextColumn | undefined {
    const vector = this.vector(name);
    if (vector === undefined) return undefined;
    if (vector.kind !== "str") throw this.#wrongKind(name, "numbers", "text");
    return vector;
  }

  #asNumbers(name: string, vector: Vector | undefined): NumberColumn | undefined {
    if (vector === undefined) return undefined;
    if (vector.kind === "str") throw this.#wrongKind(name, "text", "numbers");
    const { values, valid } = vector;
    if (vector.kind === "f64") return { values: vector.values, valid };
    let copy = this.#scratch.get(name);
    if (copy === undefined || copy.length < values.length) this.#scratch.set(name, (copy = new Float64Array(values.length)));
    copy.set(values);
    return { values: copy, valid };
  }

  #wrongKind(name: string, is: string, wants: string): MillraceError {
    return new MillraceError("MR-DATA-002", {
      what: `column "${name}" holds ${is} where the stage's input declares ${wants}`,
      where: this.#where,
      mend: "give the field one type in every input topic, or read the records that have the other type with a stage of their own",
    });
  }
}
