import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, closeCompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, toggleComment } from "@codemirror/commands";
import { PostgreSQL, sql } from "@codemirror/lang-sql";
import { bracketMatching, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { type Extension, Prec } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightSpecialChars, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { completionsFor } from "./completions.ts";

export interface EditorActs {
  runChosen(): void;
  runAll(): void;
}

/** Weight and slant tell the parts of a statement: colours are for states. */
const highlighting = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], fontWeight: "650" },
  { tag: [tags.string, tags.number, tags.bool, tags.null], color: "var(--ink-2)" },
  { tag: tags.comment, color: "var(--ink-3)", fontStyle: "italic" },
]);

const look = EditorView.theme({
  "&": { height: "100%", backgroundColor: "var(--surface)", color: "var(--ink)", fontSize: "13px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--ink)", padding: "10px 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--ink-3)", border: "0", paddingLeft: "6px" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--sunken)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--selected)" },
  ".cm-selectionMatch, &.cm-focused .cm-matchingBracket": { backgroundColor: "var(--selected)" },
  ".cm-placeholder": { color: "var(--ink-3)" },
  ".cm-tooltip, .cm-panels": { backgroundColor: "var(--raised)", color: "var(--ink)", border: "1px solid var(--line)", borderRadius: "6px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "16em" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--ink)", color: "var(--paper)" },
  ".cm-completionDetail": { color: "inherit", opacity: "0.8", fontStyle: "normal", paddingLeft: "10px" },
  ".cm-completionInfo": { whiteSpace: "pre", fontFamily: "var(--mono)", fontSize: "12px" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad-fill)" },
  ".cm-specialChar": { color: "var(--bad)" },
});

/** All of the editor but what is given to it anew while it stands. */
export const editorSetup = (acts: () => EditorActs): Extension => [
  Prec.highest(
    keymap.of([
      // Who runs a statement has written it: proposals would lie over its result.
      { key: "Mod-Enter", run: (view) => (closeCompletion(view), acts().runChosen(), true) },
      { key: "Mod-Shift-Enter", run: (view) => (closeCompletion(view), acts().runAll(), true) },
      { key: "Tab", run: acceptCompletion },
      { key: "Mod-/", run: toggleComment },
    ]),
  ),
  keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...searchKeymap, ...defaultKeymap]),
  lineNumbers(),
  history(),
  drawSelection(),
  highlightSpecialChars(),
  highlightActiveLine(),
  highlightSelectionMatches(),
  bracketMatching(),
  closeBrackets(),
  EditorView.lineWrapping,
  sql({ dialect: PostgreSQL }),
  syntaxHighlighting(highlighting),
  placeholder("select … from a table, or from topics.name"),
  EditorView.contentAttributes.of({ "aria-label": "SQL statements", autocapitalize: "off", spellcheck: "false" }),
  look,
];

export const completing = (source: ReturnType<typeof completionsFor>): Extension => autocompletion({ override: [source], icons: false, maxRenderedOptions: 60 });
