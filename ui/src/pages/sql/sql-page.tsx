import { Bookmark, History, Play, Square } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { client } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { Loaded, Page } from "../../design/components/page.tsx";
import { useAction } from "../../design/use-action.ts";
import { HistoryPanel } from "./history-panel.tsx";
import { QueryResult } from "./query-result.tsx";
import { RunTabs } from "./run-tabs.tsx";
import { SaveDialog } from "./save-dialog.tsx";
import { SavedPanel } from "./saved-panel.tsx";
import { type SqlSearch, textCharsMax, useSqlSearch } from "./search.ts";
import { type EditorHandle, type Mark, SqlEditor } from "./sql-editor.tsx";
import styles from "./sql-page.module.css";
import { chosen, placeIn, statementsOf } from "./statements.ts";
import { useDatasets } from "./use-datasets.ts";
import { draft, textOf, useFirstText } from "./use-first-text.ts";
import { useQueryView } from "./use-query-view.ts";
import { type QueryView, useRuns } from "./use-runs.ts";

export default function SqlPage() {
  const { search } = useSqlSearch();
  const first = useFirstText(search);
  return (
    <Page title="SQL">
      {first.error ? <Workbench first={draft.read()} trouble={first.error} /> : <Loaded query={first}>{(text) => <Workbench first={text} />}</Loaded>}
    </Page>
  );
}

const restMs = 400;

/** @param trouble - why what the address names is not there */
function Workbench({ first, trouble }: { first: string; trouble?: unknown }) {
  const { search, set } = useSqlSearch();
  const [text, setText] = useState(first);
  const [saving, setSaving] = useState(false);
  const editor = useRef<EditorHandle>(null);
  const shown = useQueryView(search.query);
  const datasets = useDatasets(text);
  const { running, run } = useRuns((ids) => set({ run: ids.join(","), query: ids.at(-1), text: undefined }));
  const cancel = useAction((query: string) => client.POST("/api/v1/queries/{query}/cancel", { params: { path: { query } } }), () => "Cancelled.");
  const marks = useMemo(() => marksOf(text, shown.data), [text, shown.data]);
  useAddressOfText(text, first, set);

  const send = (spans: ReturnType<typeof statementsOf>): void => {
    const whole = editor.current?.text() ?? text;
    const statements = spans.map(({ from, to }) => whole.slice(from, to));
    if (statements.length > 0 && !running) void run(statements);
  };
  const runChosen = (): void => send(chosen(editor.current?.text() ?? text, editor.current?.selection() ?? { from: 0, to: 0 }));
  const runAll = (): void => send(statementsOf(editor.current?.text() ?? text));
  const open = async (change: SqlSearch): Promise<void> => {
    editor.current?.replace(await textOf({ ...change, text: undefined }));
    set({ run: undefined, query: undefined, saved: undefined, ...change, text: undefined });
    editor.current?.focus();
  };
  const goesOn = shown.data !== undefined && shown.data.endedAt === null;
  const side = search.side === "history" || search.side === "saved" ? search.side : undefined;
  return (
    <div className={styles.bench} data-side={side}>
      <div className={styles.main}>
        {trouble !== undefined && <ErrorBox error={trouble} />}
        <section className={styles.frame} aria-label="Statements">
          <div className={styles.bar}>
            <Button look="primary" icon={<Play size={14} />} onClick={runChosen} disabled={running} title="Runs the statement at the cursor, or what is selected: Ctrl Enter">
              Run
            </Button>
            <Button onClick={runAll} disabled={running} title="Runs all statements, one after the other: Ctrl Shift Enter">
              Run all
            </Button>
            {goesOn && (
              <Button icon={<Square size={12} />} onClick={() => cancel.mutate(shown.data.id)}>
                Cancel
              </Button>
            )}
            <span className={styles.gap} />
            <Button onClick={() => setSaving(true)} disabled={text.trim() === ""}>
              Save…
            </Button>
            <Button icon={<History size={14} />} aria-pressed={side === "history"} onClick={() => set({ side: side === "history" ? undefined : "history" })}>
              History
            </Button>
            <Button icon={<Bookmark size={14} />} aria-pressed={side === "saved"} onClick={() => set({ side: side === "saved" ? undefined : "saved" })}>
              Saved
            </Button>
          </div>
          <SqlEditor ref={editor} text={first} datasets={datasets} marks={marks} onText={setText} runChosen={runChosen} runAll={runAll} />
        </section>
        <section className={styles.frame} aria-label="Result">
          <RunTabs run={search.run?.split(",") ?? []} shown={search.query} />
          <QueryResult query={search.query} />
        </section>
      </div>
      {side === "history" && <HistoryPanel shown={search.query} onOpen={(id) => void open({ run: id, query: id })} />}
      {side === "saved" && <SavedPanel shown={search.saved} onOpen={(id) => void open({ saved: id })} />}
      {saving && <SaveDialog text={text} saved={search.saved} onClose={() => setSaving(false)} onSaved={(saved) => set({ saved, text: undefined })} />}
    </div>
  );
}

/** Keeps what was written but not run: in this browser, and in the address while it is short. */
function useAddressOfText(text: string, first: string, set: (change: SqlSearch) => void): void {
  const setNow = useRef(set);
  const last = useRef(first);
  useEffect(() => {
    setNow.current = set;
  });
  useEffect(() => {
    if (text === last.current) return;
    const timer = setTimeout(() => {
      last.current = text;
      draft.keep(text);
      setNow.current({ text: text.length <= textCharsMax && text !== "" ? text : undefined });
    }, restMs);
    return () => clearTimeout(timer);
  }, [text]);
}

/** Where in the text the statement that failed has its fault; nowhere when it was changed since. */
function marksOf(text: string, view: QueryView | undefined): Mark[] {
  const place = view?.error ? placeIn(view.sql, view.error.where) : undefined;
  const start = place === undefined ? -1 : text.indexOf(view?.sql ?? "");
  if (place === undefined || start < 0) return [];
  const from = start + place;
  const word = /^[\w"]+/.exec(text.slice(from))?.[0].length ?? 1;
  return [{ from, to: Math.min(text.length, from + word), message: view?.error?.what ?? "" }];
}
