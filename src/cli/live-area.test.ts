import { expect, test } from "vitest";
import { LiveArea } from "./live-area.ts";

/** Enough of a terminal to say what a reader sees: lines, the cursor's row, erasing. */
class Screen {
  columns = 20;
  rows = 10;
  lines: string[] = [""];
  row = 0;
  column = 0;

  write(text: string): void {
    for (const [, code, letter, char] of text.matchAll(/\u001b\[(\??\d*)([A-Za-z])|([\s\S])/g)) {
      if (char !== undefined) this.#put(char);
      else if (letter === "A") this.row = Math.max(0, this.row - Number(code || 1));
      else if (letter === "K") this.lines[this.row] = this.lines[this.row].slice(0, this.column);
      else if (letter === "J") this.lines = [...this.lines.slice(0, this.row), this.lines[this.row].slice(0, this.column)];
    }
  }

  #put(char: string): void {
    if (char === "\r") this.column = 0;
    else if (char === "\n") {
      this.row++;
      this.column = 0;
      this.lines[this.row] ??= "";
    } else {
      const line = this.lines[this.row];
      this.lines[this.row] = line.slice(0, this.column) + char + line.slice(this.column + 1);
      this.column++;
    }
  }

  get text(): string {
    return this.lines.join("\n");
  }
}

test("lines are replaced, fewer and shorter ones too", () => {
  const screen = new Screen();
  const area = new LiveArea(screen);
  screen.write("before\n");
  area.draw(["a long first line", "second", "third"]);
  expect(screen.text).toBe("before\na long first line\nsecond\nthird\n");
  area.draw(["short", "2"]);
  expect(screen.text).toBe("before\nshort\n2\n");
});

test("text above stays, and the area goes on below it", () => {
  const screen = new Screen();
  const area = new LiveArea(screen);
  area.draw(["live"]);
  area.above("note");
  expect(screen.text).toBe("note\nlive\n");
  area.draw(["alive"]);
  expect(screen.text).toBe("note\nalive\n");
  area.clear();
  expect(screen.text).toBe("note\n");
});

test("an area higher than the terminal is cut: the rows above it could not be reached", () => {
  const screen = new Screen();
  screen.rows = 4;
  const area = new LiveArea(screen);
  area.draw(["1", "2", "3", "4", "5"]);
  expect(screen.text).toBe("1\n2\n3\n");
});
