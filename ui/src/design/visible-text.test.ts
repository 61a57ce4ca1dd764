import { expect, test } from "vitest";
import { visibleText } from "./visible-text.ts";

test("what cannot be seen is shown, and what can stays as it is", () => {
  expect(visibleText("a\u001b[31mred\u001b[0m\r\n\tb")).toBe("a␛[31mred␛[0m␍\n\tb");
  expect(visibleText("gnp.\u202Eexe\u0000\u007f\u200B")).toBe("gnp.⟨U+202E⟩exe␀␡⟨U+200B⟩");
  expect(visibleText("<script>Zürich 東京 🚂 שלום")).toBe("<script>Zürich 東京 🚂 שלום");
});
