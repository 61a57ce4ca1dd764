import { Bookmark, Database, History, Play, Square } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { client } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { Loaded, Page } from "../../design/components/page.tsx";
import { tell } from "../../design/notices.ts";
import { useAction } from "../../design/use-action.ts";
import type { QueryView } from "./ended-query.ts";
import { drafts, lastText } from "./drafts.ts";
import { FirstSteps } from "./first-steps.tsx";
import { HistoryPanel } from "./history-panel.tsx";
import { QueryResult } from "./query-result.tsx";
import { RunTabs } from "./run-tabs.tsx";
import { SaveDialog } from "./save-dialog.tsx";
import { SavedPanel } from "./saved-panel.tsx";
import { type SqlSearch, textCharsMax, useSqlSearch } from "./search.ts";
import { type EditorHandle, type Mark, SqlEditor } from "./sql-editor.tsx";
import styles from "./sql-page.module.css";
import { chosen, placeIn, statementsOf } from "./statements.ts";
import { TablesPanel } from "./tables-panel.tsx";
import { useDatasets } from "./use-datasets.ts";
import { type FirstText, namedText, useFirstText } from "./use-first-text.ts";
import { useQueryView } from "./use-query-view.ts";
import { useRuns } from "./use-runs.ts";

export default function SqlPage() {
  const { search } = useSqlSearch();
  const first = useFirstText(search);
  return (
    <Page title="SQL">
      {first.error ? <Workbench first={{ text: lastText.read() }} trouble={first.error} /> : <Loaded query={first}>{(found) => <Workbench first={found} />}</Loaded>}
    </Page>
  );
}

const restMs = 400;

/** What can stand beside the statements. */
const sides = [
  { name: "tables", title: "Tables", icon: Database },
  { name: "history", title: "History", icon: History },
  { name: "saved", title: "Saved", icon: Bookmark },
] as const;

/** @param trouble - why what the address names is not there */
function Workbench({ first, trouble }: { first: FirstText; trouble?: unknown }) {
  const { search, set } = useSqlSearch();
  const [text, setText] = useState(first.text);
  const [version, setVersion] = useState(first.version);
  const [saving, setSaving] = useState(false);
  const editor = useRef<EditorHandle>(null);
  const shown = useQueryView(search.query);
  const datasets = useDatasets(text);
  // What the rest of the address stands for; undefined where it is not known.
  const settled = useRef(search.text === undefined && !first.isDraft ? first.text : undefined);
  const isHere = useIsHere();
  /** Notes what is written and not run: in the address while it is short, else in this window. */
  const note = (change: SqlSearch, whole: string): void => {
    const isOpen = whole !== settled.current && whole !== "";
    const isLong = whole.length > textCharsMax;
    drafts.keep({ ...search, ...change }, isOpen && isLong ? { text: whole, version } : undefined);
    const inAddress = isOpen && !isLong;
    set({ ...change, text: inAddress ? whole : undefined, base: inAddress && version !== undefined ? String(version) : undefined });
  };
  useNoted(text, (whole) => note({}, whole));
  const { running, run } = useRuns((ids) => {
    // What goes on when somebody has left must not bring them back.
    if (!isHere.current) return;
    const whole = editor.current?.text() ?? text;
    // Where others stand beside those that were run, the queries alone do not bring the text back.
    if (search.saved === undefined && ids.length === statementsOf(whole).length) settled.current = whole;
    note({ run: ids.join(","), query: ids.at(-1), order: undefined }, whole);
  });
  const cancel = useAction((query: string) => client.POST("/api/v1/queries/{query}/cancel", { params: { path: { query } } }), () => "Cancelled.");
  const marks = useMemo(() => marksOf(text, shown.data), [text, shown.data]);

  const send = (spans: ReturnType<typeof statementsOf>): void => {
    const whole = editor.current?.text() ?? text;
    const statements = spans.map(({ from, to }) => whole.slice(from, to));
    if (statements.length > 0 && !running) void run(statements);
  };
  const runChosen = (): void => send(chosen(editor.current?.text() ?? text, editor.current?.selection() ?? { from: 0, to: 0 }));
  const runAll = (): void => send(statementsOf(editor.current?.text() ?? text));
  const tryOut = (statement: string): void => {
    editor.current?.replace(statement);
    void run([statement]);
  };
  const asked = useRef(0);
  const open = async (change: SqlSearch): Promise<void> => {
    const turn = ++asked.current;
    const opened = await namedText(change).catch((error: unknown) => tell("That was not opened.", error));
    // Of two that were chosen the later one counts, however long it takes.
    if (!opened || turn !== asked.current || !isHere.current) return;
    settled.current = opened.text;
    setVersion(opened.version);
    editor.current?.replace(opened.text);
    set({ run: undefined, query: undefined, saved: undefined, order: undefined, ...change, text: undefined, base: undefined });
    editor.current?.focus();
  };
  const goesOn = shown.data !== undefined && shown.data.endedAt === null;
  const side = sides.find(({ name }) => name === search.side)?.name;
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
            {sides.map(({ name, title, icon: Icon }) => (
              <Button key={name} icon={<Icon size={14} />} aria-pressed={side === name} onClick={() => set({ side: side === name ? undefined : name, find: undefined, before: undefined })}>
                {title}
              </Button>
            ))}
          </div>
          <SqlEditor ref={editor} text={first.text} datasets={datasets} marks={marks} onText={setText} runChosen={runChosen} runAll={runAll} />
        </section>
        <section className={styles.frame} aria-label="Result">
          <RunTabs run={search.run?.split(",") ?? []} shown={search.query} />
          {search.query === undefined ? <FirstSteps datasets={datasets} onTry={tryOut} /> : <QueryResult query={search.query} />}
        </section>
      </div>
      {side === "tables" && <TablesPanel onInsert={(name) => editor.current?.insert(name)} onLeave={() => editor.current?.focus()} />}
      {side === "history" && <HistoryPanel shown={search.query} onOpen={(id) => void open({ run: id, query: id })} />}
      {side === "saved" && <SavedPanel shown={search.saved} onOpen={(id) => void open({ saved: id })} />}
      {saving && <SaveDialog text={text} saved={search.saved} version={version} onClose={() => setSaving(false)} onSaved={(saved, kept) => {
            settled.current = text;
            setVersion(kept);
            set({ saved, text: undefined, base: undefined });
          }} />}
    </div>
  );
}

/** Tells of the text a moment after it was changed. */
function useNoted(text: string, note: (text: string) => void): void {
  const noteNow = useRef(note);
  const isFirst = useRef(true);
  useEffect(() => {
    noteNow.current = note;
  });
  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    const timer = setTimeout(() => {
      lastText.keep(text);
      noteNow.current(text);
    }, restMs);
    return () => clearTimeout(timer);
  }, [text]);
}

/** Whether the page is there. */
function useIsHere(): { current: boolean } {
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);
  return here;
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
