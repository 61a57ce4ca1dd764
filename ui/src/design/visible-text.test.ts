import { expect, test } from "vitest";
import { visibleLine, visibleText } from "./visible-text.ts";

test("what cannot be seen, or turns the text around it, stands there as a sign", () => {
  expect(visibleText("a\u001b[31mred\u0007\u007f\u0000")).toBe("a␛[31mred␇␡␀");
  expect(visibleText("abc\u202edcb\u2066x\u200d\ufeff\u0085")).toBe("abc⟨U+202E⟩dcb⟨U+2066⟩x⟨U+200D⟩⟨U+FEFF⟩⟨U+0085⟩");
  expect(visibleText("two\nlines\tüñ😀 <script>")).toBe("two\nlines\tüñ😀 <script>");
  expect(visibleLine("two\r\nlines\tand\rmore\n")).toBe("two⏎lines⇥and⏎more⏎");
});
