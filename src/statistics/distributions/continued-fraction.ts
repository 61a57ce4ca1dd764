/**
 * b0 + a1 / (b1 + a2 / (b2 + …)) by the modified method of Lentz (Thompson and Barnett 1986), until a term changes nothing.
 *
 * @param first - b0
 * @param term - a and b of the i-th level, from 1 on
 */
export function continuedFraction(first: number, term: (i: number) => [a: number, b: number]): number {
  let value = awayFromZero(first);
  let [c, d] = [value, 0];
  for (let i = 1; ; i++) {
    const [a, b] = term(i);
    d = 1 / awayFromZero(b + a * d);
    c = awayFromZero(b + a / c);
    const change = c * d;
    value *= change;
    if (Math.abs(change - 1) < 3e-16 || i >= termsMax) return value;
  }
}

/** The fractions asked for here end after some multiple of the root of their parameters: this many serve parameters of 1e9. */
const termsMax = 200_000;

const awayFromZero = (x: number): number => (Math.abs(x) < 1e-300 ? 1e-300 : x);
