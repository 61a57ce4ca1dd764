import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { confirm } from "./confirm.ts";

/** Asks on streams that say they are terminals, and types `typed`; undefined: Ctrl-D. */
async function ask(typed: string | undefined, { json = false, isTTY = true } = {}) {
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = Object.assign(new PassThrough(), { isTTY });
  const notes: string[] = [];
  const answer = confirm({ options: { json }, note: (text) => void notes.push(text), signal: new AbortController().signal }, "Clear these 3 tasks?", { input, output });
  input.end(typed);
  return { agreed: await answer, notes, shown: String(output.read() ?? "") };
}

test.each([["y\n", true], ["YES\n", true], [" yes \n", true], ["n\n", false], ["\n", false], ["yesterday\n", false], [undefined, false]])("%j: %j", async (typed, agreed) => {
  const told = await ask(typed);
  expect(told.agreed).toBe(agreed);
  expect(told.shown).toContain("Clear these 3 tasks? [y/N] ");
  expect(told.notes).toEqual(agreed ? [] : ["Nothing was done."]);
});

test("nobody to ask: no, and how to say yes", async () => {
  expect(await ask("y\n", { isTTY: false })).toEqual({ agreed: false, notes: ["Nothing was done: add --yes."], shown: "" });
  expect(await ask("y\n", { json: true })).toMatchObject({ agreed: false, shown: "" });
});
