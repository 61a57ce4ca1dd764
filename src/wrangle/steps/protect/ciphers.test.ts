import fc from "fast-check";
import { expect, test } from "vitest";
import { aesSiv } from "./aes-siv.ts";
import { ff1 } from "./ff1.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

/* The samples that NIST publishes with SP 800-38G (FF1samples.pdf), for keys of 128, 192 and 256 bits. */
const keys = ["2B7E151628AED2A6ABF7158809CF4F3C", "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F", "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94"];
const plain = ["0123456789", "0123456789", "0123456789abcdefghi"];
const tweaks = ["", "39383736353433323130", "3737373770717273373737"];
const samples = [
  ["2433477484", "6124200773", "a9tv40mll9kdu509eum"],
  ["2830668132", "2496655549", "xbj3kv35jrawxv32ysr"],
  ["6657667009", "1001623463", "xs8a0azh2avyalyzuwd"],
];

test("FF1 is what NIST's nine samples say, there and back", () => {
  for (const [i, row] of samples.entries()) {
    for (const [j, cipher] of row.entries()) {
      const [radix, tweak] = [j === 2 ? 36 : 10, hex(tweaks[j])];
      const numerals = (text: string): number[] => Array.from(text, (digit) => Number.parseInt(digit, radix));
      const cipherOf = ff1(hex(keys[i]), radix);
      expect(cipherOf.encrypt(numerals(plain[j]), tweak).map((numeral) => numeral.toString(radix)).join("")).toBe(cipher);
      expect(cipherOf.decrypt(numerals(cipher), tweak)).toEqual(numerals(plain[j]));
    }
  }
});

test("AES-SIV is what the two examples of RFC 5297 say, and every changed bit is noticed", () => {
  const key = hex("fffefdfc fbfaf9f8 f7f6f5f4 f3f2f1f0 f0f1f2f3 f4f5f6f7 f8f9fafb fcfdfeff");
  const sealed = aesSiv(key).seal(hex("11223344 55667788 99aabbcc ddee"), [hex("10111213 14151617 18191a1b 1c1d1e1f 20212223 24252627")]);
  expect(sealed.toString("hex")).toBe("85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c");
  const second = hex("7f7e7d7c 7b7a7978 77767574 73727170 40414243 44454647 48494a4b 4c4d4e4f");
  const associated = [hex("00112233 44556677 8899aabb ccddeeff deaddada deaddada ffeeddcc bbaa9988 77665544 33221100"), hex("10203040 50607080 90a0"), hex("09f91102 9d74e35b d84156c5 635688c0")];
  const text = Buffer.from("this is some plaintext to encrypt using SIV-AES");
  const again = aesSiv(second).seal(text, associated);
  expect(again.toString("hex")).toBe("7bdb6e3b432667eb06f4d14bff2fbd0fcb900f2fddbe404326601965c889bf17dba77ceb094fa663b7a3f748ba8af829ea64ad544a272e9c485b62a3fd5c0d");
  expect(aesSiv(second).open(again, associated)?.toString()).toBe(text.toString());
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Buffer.from(sealed);
    changed[bit >> 3] ^= 1 << (bit & 7);
    expect(aesSiv(key).open(changed, [hex("10111213 14151617 18191a1b 1c1d1e1f 20212223 24252627")])).toBeUndefined();
  }
  expect(aesSiv(key).open(sealed.subarray(0, 15))).toBeUndefined();
});

test("what is encrypted comes back, of every radix, length and tweak", () => {
  const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
  const key = hex(keys[2]);
  const numerals = fc.integer({ min: 2, max: 65_536 }).chain((radix) => fc.record({ radix: fc.constant(radix), digits: fc.array(fc.integer({ min: 0, max: radix - 1 }), { minLength: 2, maxLength: 40 }), tweak: bytes(20) }));
  fc.assert(
    fc.property(numerals, ({ radix, digits, tweak }) => {
      const { encrypt, decrypt } = ff1(key, radix);
      const hidden = encrypt(digits, tweak);
      expect(hidden.every((digit) => digit >= 0 && digit < radix)).toBe(true);
      expect(decrypt(hidden, tweak)).toEqual(digits);
    }),
    { numRuns: 60 },
  );
  const { seal, open } = aesSiv(Buffer.concat([key, key]));
  fc.assert(fc.property(bytes(70), fc.array(bytes(40), { maxLength: 3 }), (plain, associated) => open(seal(plain, associated), associated)?.equals(plain) === true), { numRuns: 60 });
});
