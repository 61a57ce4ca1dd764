/** Fields that hold 63-bit ids: always bigint, so that no reader has to ask how large this one happens to be. */
const idField = /(^|-)snapshot-id$/;

type RawJson = { rawJSON(text: string): unknown };

/** `JSON.parse` that keeps every integer: snapshot ids, and whatever else does not fit a double, come as bigint. */
export function parseExact(text: string): unknown {
  return JSON.parse(text, function (this: unknown, key: string, value: unknown, context?: { source?: string }) {
    if (typeof value !== "number" || !context?.source || !/^-?\d+$/.test(context.source)) return value;
    return idField.test(key) || !Number.isSafeInteger(value) ? BigInt(context.source) : value;
  } as (this: unknown, key: string, value: unknown) => unknown);
}

/** `JSON.stringify` that writes a bigint as the number it is. */
export function stringifyExact(value: unknown): string {
  return JSON.stringify(value, (_key, item) => (typeof item === "bigint" ? (JSON as unknown as RawJson).rawJSON(item.toString()) : item));
}
