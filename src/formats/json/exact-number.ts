/** A number of JSON that a JavaScript number would not give back as it is written. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const longNumber = /\d[.\d]{15}/;
const wholeWithPoint = /\.0+(?!\d)/;

/**
 * A JSON value, with `ExactNumber` in the places where a number would change: where it has 16 digits and more.
 *
 * @param keepPoints - also in the places of `10.0`, which is no whole number to its writer: what counts types has to know it
 * @throws SyntaxError when it is not valid
 */
export function parseJson(text: string, keepPoints: boolean): unknown {
  return longNumber.test(text) || (keepPoints && wholeWithPoint.test(text)) ? JSON.parse(text, exactly as (key: string, value: unknown) => unknown) : JSON.parse(text);
}

function exactly(_key: string, value: unknown, context: { source?: string }): unknown {
  if (typeof value !== "number" || context.source === undefined) return value;
  return String(value) === context.source ? value : new ExactNumber(context.source);
}
