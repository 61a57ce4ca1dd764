import { expect, test } from "vitest";
import { nodeRefusal } from "./node-version.ts";

test.each(["22.18.0", "22.19.1", "24.0.0", "100.1.0"])("%s will do", (version) => expect(nodeRefusal(version)).toBeUndefined());

test.each(["20.19.5", "22.17.9", "18.0.0", "8.17.0"])("%s is refused, with the mend", (version) => {
  expect(nodeRefusal(version)).toMatchObject({ what: `Millrace needs Node 22.18 or later, and this is ${version}`, mend: expect.stringContaining("newer Node") });
});
