import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readProject } from "../../supervisor/definitions/read-project.ts";
import { nextStepsText } from "./next-steps-text.ts";
import { styleFor } from "./style.ts";

const { manifest } = await readProject(fileURLToPath(new URL("../../../examples/flights", import.meta.url)));
const options = { style: styleFor(false), url: "http://127.0.0.1:1", tokenFile: "/token", globals: "" };

test("the table to be asked is one that can be: a model that stands in others alone is none", () => {
  const [like] = Object.values(manifest.tables);
  const alone = { ...like, name: "a.alone", model: { materialize: { kind: "ephemeral" } } as typeof like.model };
  expect(nextStepsText({ ...manifest, tables: { "a.alone": alone, [like.name]: like } }, options)).toContain(`select * from ${like.name} limit 5`);
  expect(nextStepsText({ ...manifest, tables: { "a.alone": alone } }, options)).not.toContain("Ask a table");
});
