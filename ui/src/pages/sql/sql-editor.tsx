import { type Diagnostic, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useImperativeHandle, useMemo, useRef, type Ref } from "react";
import { completionsFor, type NamedDataset } from "./completions.ts";
import { completing, type EditorActs, editorSetup } from "./editor-setup.ts";
import { insertion } from "./insertion.ts";
import styles from "./sql-editor.module.css";
import type { Span } from "./statements.ts";

export interface EditorHandle {
  text(): string;
  selection(): Span;
  /** Replaces all of the text; it can be undone. */
  replace(text: string): void;
  /** Puts a name where the cursor is, apart from what stands before it. */
  insert(name: string): void;
  focus(): void;
}

/** An error at a place of the text. */
export interface Mark extends Span {
  message: string;
}

interface SqlEditorProps extends EditorActs {
  ref: Ref<EditorHandle>;
  /** The first text; later ones come by `replace`. */
  text: string;
  datasets: readonly NamedDataset[];
  marks: readonly Mark[];
  onText(text: string): void;
}

/** The editor of statements. It stands in a shadow root, for there its styles need no element of the page, which the page's policy would refuse. */
export function SqlEditor({ ref, text, datasets, marks, onText, runChosen, runAll }: SqlEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const now = useRef({ runChosen, runAll, onText, text });
  const completion = useMemo(() => new Compartment(), []);
  useEffect(() => {
    now.current = { runChosen, runAll, onText, text };
  });
  useEffect(() => {
    const at = host.current as HTMLDivElement;
    const root = at.shadowRoot ?? at.attachShadow({ mode: "open" });
    const changed = EditorView.updateListener.of(({ docChanged, state }) => docChanged && now.current.onText(state.doc.toString()));
    const made = new EditorView({ root, parent: root as unknown as HTMLElement, state: EditorState.create({ doc: now.current.text, selection: { anchor: now.current.text.length }, extensions: [editorSetup(() => now.current), completion.of([]), changed] }) });
    view.current = made;
    return () => made.destroy();
  }, [completion]);
  useEffect(() => view.current?.dispatch({ effects: completion.reconfigure(completing(completionsFor(datasets))) }), [datasets, completion]);
  useEffect(() => {
    const made = view.current;
    if (made === null) return;
    const end = made.state.doc.length;
    const found = marks.filter(({ to }) => to <= end).map((mark): Diagnostic => ({ ...mark, severity: "error" }));
    made.dispatch(setDiagnostics(made.state, found));
  }, [marks]);
  useImperativeHandle(ref, () => ({
    text: () => view.current?.state.doc.toString() ?? now.current.text,
    selection: () => view.current?.state.selection.main ?? { from: 0, to: 0 },
    replace: (next) => view.current?.dispatch({ changes: { from: 0, to: view.current.state.doc.length, insert: next }, selection: { anchor: next.length } }),
    insert: (name) => view.current?.dispatch(insertion(view.current.state, name)),
    focus: () => view.current?.focus(),
  }));
  return <div ref={host} className={styles.editor} />;
}
