import { keepPreviousData } from "@tanstack/react-query";
import { type KeyboardEvent, useRef } from "react";
import { api } from "../../api/client.ts";
import { Empty } from "../../design/components/empty.tsx";
import { TextField } from "../../design/components/field.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { countText } from "../../design/format.ts";
import { useSearchText } from "../../design/use-search-text.ts";
import { visibleLine } from "../../design/visible-text.ts";
import { databasesOf } from "./databases-of.ts";
import { Fold } from "./fold.tsx";
import { useSqlSearch } from "./search.ts";
import styles from "./side-panel.module.css";
import { TableItem } from "./table-item.tsx";

/** Datasets that are listed; of more those that are searched for. */
const listedMax = 1_000;
const foundMax = 200;

/** All that a statement may read, by database, down to the columns. A name that is chosen goes where the cursor is in the editor. */
export function TablesPanel({ onInsert, onLeave }: { onInsert(name: string): void; onLeave(): void }) {
  const { search: { find, open }, set } = useSqlSearch();
  const [word, write] = useSearchText("find", find);
  const list = useRef<HTMLDivElement>(null);
  const query = find === undefined ? { limit: listedMax } : { q: find, limit: foundMax };
  const found = api.useQuery("get", "/api/v1/catalog", { params: { query } }, { staleTime: 60_000, placeholderData: keepPreviousData });
  const opened = open?.split(",").map(decodeURIComponent) ?? [];
  const fold = (id: string): void => {
    const next = opened.includes(id) ? opened.filter((each) => each !== id) : [...opened, id];
    set({ open: next.length === 0 ? undefined : next.map(encodeURIComponent).join(",") });
  };
  return (
    <aside className={styles.panel} aria-label="Tables">
      <TextField label="Find tables and columns" bare type="search" maxLength={1_000} placeholder="Find tables and columns" value={word} onChange={(event) => write(event.target.value)} />
      <p className={styles.hint}>Enter puts a name at the cursor; → and ← unfold and fold; Esc leads back to the statements.</p>
      <Loaded query={found}>
        {({ entries, next }) => {
          const databases = databasesOf(entries);
          if (databases.length === 0) return find === undefined ? <Empty title="There is nothing to read yet">Declare a topic or a table.</Empty> : <Empty title="Nothing has these words" />;
          return (
            // biome-ignore lint/a11y/noStaticElementInteractions: the keys move among the buttons in it
            <div ref={list} className={styles.list} aria-busy={found.isPlaceholderData} onKeyDown={(event) => moveAmong(list.current as HTMLElement, event, onLeave)}>
              <ul>
                {databases.map(({ name, datasets }) => {
                  const isOpen = find !== undefined || opened.includes(name);
                  return (
                    <li key={name} data-fold>
                      <button type="button" className={styles.item} aria-expanded={isOpen} disabled={find !== undefined} onClick={() => fold(name)}>
                        <span>
                          <Fold isOpen={isOpen} /> <span className="foreign">{visibleLine(name)}</span> <span className="quiet">{countText(datasets.length)}</span>
                        </span>
                      </button>
                      {isOpen && (
                        <ul className={styles.inner}>
                          {datasets.map((dataset) => (
                            <TableItem key={`${dataset.kind} ${dataset.name}`} dataset={dataset} isOpen={opened.includes(dataset.id)} onFold={() => fold(dataset.id)} onInsert={onInsert} find={find ?? ""} />
                          ))}
                        </ul>
                      )}
                    </li>
                  );
                })}
              </ul>
              {(next !== null || entries.length === foundMax) && <p className={styles.hint}>There are more: search for them.</p>}
            </div>
          );
        }}
      </Loaded>
    </aside>
  );
}

/** The signs that fold are for the mouse: the keys stay with the names. */
const nameButtons = "button:not(:disabled, [tabindex='-1'])";

/** Up and down go from name to name, right and left unfold and fold what the name stands for. */
function moveAmong(list: HTMLElement, event: KeyboardEvent, onLeave: () => void): void {
  const at = document.activeElement as HTMLButtonElement;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const fold = at.closest("[data-fold]")?.querySelector<HTMLButtonElement>("[aria-expanded]");
  if (step !== undefined) {
    const names = [...list.querySelectorAll<HTMLButtonElement>(nameButtons)];
    names[Math.max(0, names.indexOf(at) + step)]?.focus();
  } else if (event.key === "ArrowRight" && fold?.getAttribute("aria-expanded") === "false") fold.click();
  else if (event.key === "ArrowLeft" && fold?.getAttribute("aria-expanded") === "true") {
    // What is folded is gone from the page, and would take the focus with it.
    fold.parentElement?.querySelector<HTMLButtonElement>(nameButtons)?.focus();
    fold.click();
  } else if (event.key === "Escape") onLeave();
  else return;
  event.preventDefault();
}
