import { useNavigate } from "@tanstack/react-router";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useDeferredValue, useEffect, useId, useMemo, useRef, useState } from "react";
import { api } from "../api/client.ts";
import { Dialog } from "../design/components/dialog.tsx";
import { Empty } from "../design/components/empty.tsx";
import { useStatus } from "../live/use-status.ts";
import { useAllDags } from "../pages/dags/use-all-dags.ts";
import styles from "./palette.module.css";
import { catalogHits, found, type PaletteEntry, paletteEntries } from "./palette-entries.ts";

const most = 60;
/** Of the catalog, which knows columns, tags and what lies outside too. */
const mostOfCatalog = 20;
const charsMin = 2;

/** Whether a dialog has the focus, which keeps it. */
const isAsked = (): boolean => document.activeElement?.closest("[role=dialog]") !== null;

/** Finds anything by name, and goes there or does it. */
export function Palette({ open, onClose, onKeys }: { open: boolean; onClose(): void; onKeys(): void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Find or do">
      <Search onDone={onClose} onKeys={onKeys} />
    </Dialog>
  );
}

function Search({ onDone, onKeys }: { onDone(): void; onKeys(): void }) {
  const navigate = useNavigate();
  const status = useStatus().data;
  const dags = useAllDags().data;
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const entries = useMemo(() => [...paletteEntries(status, dags ?? []), { id: "keys", kind: "do", title: "Show all keys, and turn those without Ctrl on or off", act: onKeys }], [status, dags, onKeys]);
  const words = useDeferredValue(text.trim());
  const catalog = useQuery({ ...api.queryOptions("get", "/api/v1/catalog", { params: { query: { q: words, limit: mostOfCatalog } } }), enabled: words.length >= charsMin, placeholderData: keepPreviousData }).data;
  const hits = useMemo(() => {
    const named = found(entries, text, most);
    return text.trim().length < charsMin ? named : [...named, ...catalogHits(catalog?.entries ?? [], named)];
  }, [entries, text, catalog]);
  useEffect(() => {
    // Newer browsers answer with a promise, which an effect must not.
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const go = ({ act }: PaletteEntry): void => {
    onDone();
    if (typeof act === "function") return act();
    // What had the focus is gone with its page: the next Tab goes into the new one.
    void navigate(act as never).then(() => !isAsked() && document.getElementById("main")?.focus({ preventScroll: true }));
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setAt((at + step + hits.length) % Math.max(hits.length, 1));
    else if (event.key === "Enter" && hits[at]) go(hits[at]);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <input
        className={styles.input}
        role="combobox"
        aria-label="Name"
        aria-expanded
        aria-controls={id}
        aria-activedescendant={hits[at] ? `${id}-${at}` : undefined}
        value={text}
        placeholder="A stage, topic, table, DAG or page, or what to do"
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKey}
      />
      <div className={styles.list} role="listbox" id={id} aria-label="Found" ref={list}>
        {hits.map((entry, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the input above, which keeps the focus
          <div key={entry.id} id={`${id}-${index}`} className={styles.option} role="option" tabIndex={-1} aria-selected={index === at} onMouseMove={() => setAt(index)} onClick={() => go(entry)}>
            <span className={styles.kind}>{entry.kind}</span>
            <span className="foreign" title={entry.title}>{entry.title}</span>
          </div>
        ))}
      </div>
      {hits.length === 0 && <Empty title={status === undefined || dags === undefined ? "Loading…" : "Nothing is called so"} />}
    </>
  );
}
