import { EditorState } from "@codemirror/state";
import { expect, test } from "vitest";
import { insertion } from "./insertion.ts";

const inserted = (text: string, ...names: string[]): string => {
  let state = EditorState.create({ doc: text.replace("|", ""), selection: { anchor: text.indexOf("|") } });
  for (const name of names) state = state.update(insertion(state, name)).state;
  return state.doc.toString();
};

test("names are put one behind the other as a list, and apart from words of the language", () => {
  expect(inserted("|", "sales.orders")).toBe("sales.orders");
  expect(inserted("select | from t", "a", '"b c"', "d")).toBe('select a, "b c", d from t');
  expect(inserted("select|", "a")).toBe("select a");
  expect(inserted("select a  | from t", "b")).toBe("select a, b from t");
  expect(inserted("select sum(|) from t", "amount")).toBe("select sum(amount) from t");
  expect(inserted("select t.|", "a")).toBe("select t.a");
  expect(inserted("select a\nfrom\n|", "s.t")).toBe("select a\nfrom\ns.t");
});
