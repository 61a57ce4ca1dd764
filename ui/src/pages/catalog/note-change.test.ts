import { expect, test } from "vitest";
import { changedTags, changedWords } from "./note-change.ts";

test("only what a person changed is said by a person, and an emptied field takes it back", () => {
  expect(changedWords("as declared", " as declared ")).toBe(undefined);
  expect(changedWords("as declared", " better ")).toBe("better");
  expect(changedWords("as declared", " ")).toBe(null);
  expect(changedTags(["a", "b"], "b, a, b,")).toBe(undefined);
  expect(changedTags(["a"], "a, c")).toEqual(["a", "c"]);
  expect(changedTags(["a"], " , ")).toBe(null);
});
