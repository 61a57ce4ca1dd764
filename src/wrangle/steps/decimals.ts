/* Decimals in memory are texts, as the engine prints them: `-12.50`. */

const written = /^-?\d+(?:\.(?<places>\d+))?$/;

export const isDecimalText = (cell: unknown): cell is string => typeof cell === "string" && written.test(cell);

/** The exact sum, with as many places as the value that has most. */
export function sumDecimals(texts: readonly string[]): string {
  const places = texts.reduce((most, text) => Math.max(most, written.exec(text)?.groups?.places?.length ?? 0), 0);
  const sum = texts.reduce((total, text) => total + scaled(text, places), 0n);
  const digits = String(sum < 0n ? -sum : sum).padStart(places + 1, "0");
  const [whole, fraction] = [digits.slice(0, digits.length - places), digits.slice(digits.length - places)];
  return `${sum < 0n ? "-" : ""}${whole}${places > 0 ? `.${fraction}` : ""}`;
}

function scaled(text: string, places: number): bigint {
  const [whole, fraction = ""] = text.split(".");
  return BigInt(whole + fraction.padEnd(places, "0"));
}
