/*
 * Check digits, which tell a number that somebody was given from one that only looks like it. All take digits or capital
 * letters without separators.
 */

/** Luhn's: payment cards and many national numbers. One number in ten passes by chance. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const weighted = i % 2 === 1 ? digit * 2 : digit;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}

/** ISO 7064 mod 97-10 over an IBAN, its first four characters moved to the end. */
export function passesIban(iban: string): boolean {
  let rest = 0;
  for (const character of `${iban.slice(4)}${iban.slice(0, 4)}`) {
    const value = character >= "A" ? String(character.charCodeAt(0) - 55) : character;
    rest = Number(`${rest}${value}`) % 97;
  }
  return rest === 1;
}

/** ISO 7064 mod 11,10, as the German Steuer-ID has it, over eleven digits. */
export function passesMod11Ten(digits: string): boolean {
  let product = 10;
  for (const digit of digits.slice(0, -1)) {
    const sum = (Number(digit) + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === Number(digits.at(-1));
}

/** The sum of the digits, each by its weight. */
export function weightedSum(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, i) => sum + weight * Number(digits[i]), 0);
}
