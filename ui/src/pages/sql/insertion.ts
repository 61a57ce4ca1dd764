import type { EditorState, TransactionSpec } from "@codemirror/state";

/** Behind these a word is another one of a list, but not behind a word of the language: `select` needs no comma. */
const endsList = /[\w"')\]]$/;
const words = /\b(select|distinct|from|join|where|and|or|not|by|on|as|in|having|qualify|when|then|else|case|limit|table|describe|summarize|with|using|between|like|union|all|except)$/i;

/** A name in the place of what is selected, or at the cursor: the next of a list behind another name, and apart from words of the language. */
export function insertion(state: EditorState, name: string): TransactionSpec {
  const { from, to } = state.selection.main;
  const before = state.sliceDoc(Math.max(0, from - 200), from);
  const written = before.trimEnd();
  const isNext = endsList.test(written) && !words.test(written);
  // A comma belongs to what stands before it, not behind the spaces.
  const start = isNext ? from - (before.length - written.length) : from;
  const apart = isNext ? ", " : words.test(before) ? " " : "";
  return { changes: { from: start, to, insert: apart + name }, selection: { anchor: start + apart.length + name.length }, scrollIntoView: true, userEvent: "input" };
}
