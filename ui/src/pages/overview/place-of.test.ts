import { expect, test } from "vitest";
import { pageFiles } from "../../page-files.ts";
import { placeOf } from "./place-of.ts";

const item = { name: "a/b", run: null, task: null };

test("what needs a person leads to where it is mended", () => {
  expect(placeOf({ ...item, kind: "problem" })).toBe("/plan");
  expect(placeOf({ ...item, kind: "stage" })).toBe("/stages/a%2Fb");
  expect(placeOf({ ...item, kind: "dead-letters" })).toBe("/stages/a%2Fb?tab=dead-letters");
  expect(placeOf({ ...item, kind: "check" })).toBe("/quality/a%2Fb");
  expect(placeOf({ ...item, kind: "run", run: "r 1" })).toBe("/runs/r%201");
  expect(placeOf({ ...item, kind: "approval", run: "r", task: "send it[3]" })).toBe("/runs/r?task=send%20it&index=3");
  expect(placeOf({ ...item, kind: "approval", run: "r", task: "send" })).toBe("/runs/r?task=send");
  expect(placeOf({ ...item, kind: "alert" })).toBe("/dags/a%2Fb");
});

test("and there is a page", () => {
  const pages = Object.keys(pageFiles).map((address) => new RegExp(`^${address.replace(/\$\w+/g, "[^/]+")}$`));
  for (const kind of ["problem", "stage", "dead-letters", "check", "run", "approval", "alert"] as const) {
    for (const run of [null, "r"]) {
      const path = placeOf({ ...item, kind, run }).split("?")[0];
      expect(pages.some((page) => page.test(path)), path).toBe(true);
    }
  }
});
