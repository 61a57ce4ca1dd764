import { expect, test } from "vitest";
import { unlikeRepeat } from "./repeated-groups.ts";

test("groups inside of repeated ones are found, and nothing else is", () => {
  for (const source of ["(?:(a)|b)*", "((a)|b)+", "(?:x(?:y(?<n>z))){2}", "a{1001}", "a{1,2000}"]) expect(unlikeRepeat(source)).toMatch(/^repeats/);
  for (const source of ["(a|b)*", "(?:a|b)+(c)", "((a)|b)?", "(?:(a)|b)", "\\((a)\\)*", "[()]*(a)+", "(?:[(](a)[)])?", "a{2,}"]) expect(unlikeRepeat(source)).toBeUndefined();
});
