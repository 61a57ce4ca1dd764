/** A number of JSON that a JavaScript number would not give back as it is written. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** `10.0`, which is no whole number to its writer, and numbers of 16 digits and more. */
const needsCare = /\.0+(?!\d)|\d[.\d]{15}/;

/**
 * A JSON value, with `ExactNumber` in the places where a number would change.
 *
 * @throws SyntaxError when it is not valid
 */
export function parseJson(text: string): unknown {
  return needsCare.test(text) ? JSON.parse(text, exactly as (key: string, value: unknown) => unknown) : JSON.parse(text);
}

function exactly(_key: string, value: unknown, context: { source?: string }): unknown {
  if (typeof value !== "number" || context.source === undefined) return value;
  return String(value) === context.source ? value : new ExactNumber(context.source);
}
