import fc from "fast-check";
import { expect, test } from "vitest";
import { sqlText } from "../../../lake/duckdb.ts";
import { TestEngine } from "../../nested/nested-for-tests.ts";
import { dirtyText } from "../../steps/steps-for-tests.ts";
import { jaroWinkler } from "./jaro-winkler.ts";
import { soundex, soundexSql } from "./soundex.ts";
import { tokenOverlap, tokenOverlapSql, tokens, tokensSql } from "./tokens.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

test("the examples of the literature", () => {
  const alike = (a: string, b: string) => Number(jaroWinkler(utf8(a), utf8(b)).toFixed(4));
  expect([alike("MARTHA", "MARHTA"), alike("DWAYNE", "DUANE"), alike("DIXON", "DICKSONX"), alike("", ""), alike("a", "")]).toEqual([0.9611, 0.84, 0.8133, 0, 0]);
  expect(["Robert", "Rupert", "Rubin", "Ashcraft", "Ashcroft", "Tymczak", "Pfister", "Honeyman", "Hutton", "Jackson", "Wheaton", "Lloyd", "A", "Müller", "O'Hara"].map(soundex)).toEqual(["R163", "R163", "R150", "A261", "A261", "T522", "P236", "H555", "H350", "J250", "W350", "L300", "A000", "M460", "O600"]);
  expect(soundex("12 \u4e2d")).toBeNull();
});

/** Near texts, which random ones hardly ever are. */
const nearTexts = fc.oneof(
  fc.tuple(dirtyText, dirtyText),
  fc.tuple(fc.string({ unit: fc.constantFrom(..."abcdHW "), maxLength: 14 }), fc.string({ unit: fc.constantFrom(..."abcdHW "), maxLength: 14 })),
  fc.tuple(fc.string({ unit: fc.constantFrom(..."éeßa"), maxLength: 30 }), fc.string({ unit: fc.constantFrom(..."éeßa"), maxLength: 30 })),
);

test("each measure is the engine's own, on dirty texts too", async () => {
  const engine = await TestEngine.open();
  await fc.assert(
    fc.asyncProperty(fc.array(nearTexts, { minLength: 1, maxLength: 60 }), async (given) => {
      const pairs = given.map(([a, b]): [string, string] => [a ?? "", b ?? ""]);
      const values = pairs.map(([a, b]) => `(${sqlText(a)}, ${sqlText(b)})`).join(", ");
      const found = await engine.plain(`select jaro_winkler_similarity(a, b) as jw, ${soundexSql("a")} as sx, ${tokenOverlapSql(tokensSql("a"), tokensSql("b"))} as words from (values ${values}) as t(a, b)`);
      for (const [i, [a, b]] of pairs.entries()) {
        expect(found[i].jw, `${a}|${b}`).toBeCloseTo(jaroWinkler(utf8(a), utf8(b)), 12);
        expect(found[i].sx, a).toBe(soundex(a));
        expect(found[i].words, `${a}|${b}`).toBeCloseTo(tokenOverlap(tokens(a), tokens(b)), 12);
      }
    }),
    { numRuns: 40 },
  );
});
