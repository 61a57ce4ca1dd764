import { useState } from "react";
import { api } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { countText } from "../../design/format.ts";
import { visibleLine } from "../../design/visible-text.ts";
import { inSql } from "./completions.ts";
import type { ListedDataset } from "./databases-of.ts";
import { Fold } from "./fold.tsx";
import styles from "./side-panel.module.css";

const columnsStep = 100;
const nameMax = 200;

interface TableItemProps {
  dataset: ListedDataset;
  isOpen: boolean;
  onFold(): void;
  onInsert(name: string): void;
  /** What is searched for. */
  find: string;
}

const shown = (name: string): string => visibleLine(name.slice(0, nameMax));

/** A dataset in the list of what a statement may read; its columns are asked for when it is unfolded. */
export function TableItem({ dataset: { kind, name, short, inSql: named }, isOpen, onFold, onInsert, find }: TableItemProps) {
  return (
    <li data-fold>
      <div className={styles.row}>
        <button type="button" className={styles.fold} tabIndex={-1} aria-expanded={isOpen} aria-label={`Columns of ${shown(name)}`} onClick={onFold}>
          <Fold isOpen={isOpen} />
        </button>
        <button type="button" className={styles.item} title={`Puts ${shown(named)} into the statement`} onClick={() => onInsert(named)}>
          <span className="foreign">{shown(short)}</span>
        </button>
      </div>
      {isOpen && <Columns kind={kind} name={name} onInsert={onInsert} find={find} />}
    </li>
  );
}

function Columns({ kind, name, onInsert, find }: { kind: string; name: string; onInsert(name: string): void; find: string }) {
  const [most, setMost] = useState(columnsStep);
  const entry = api.useQuery("get", "/api/v1/catalog/{kind}/{entry}", { params: { path: { kind, entry: name } } }, { staleTime: 60_000 });
  return (
    <Loaded query={entry}>
      {({ columns }) => {
        const hits = columns.filter((column) => column.name.toLowerCase().includes(find.toLowerCase()));
        // The table itself was found, or something that is said of it.
        const listed = hits.length > 0 ? hits : columns;
        return (
          <ul className={styles.inner}>
            {columns.length === 0 && <li className={styles.hint}>Its columns are not known yet.</li>}
            {listed.slice(0, most).map((column) => (
              <li key={column.name}>
                <button type="button" className={styles.item} title={`Puts ${shown(column.name)} into the statement`} onClick={() => onInsert(inSql(column.name))}>
                  <span>
                    <span className="foreign">{shown(column.name)}</span> <span className="quiet foreign">{shown(column.type?.value ?? "")}</span>
                  </span>
                </button>
              </li>
            ))}
            {listed.length > most && (
              <li>
                <Button look="plain" onClick={() => setMost(most + columnsStep)}>
                  Show more of {countText(listed.length)}
                </Button>
              </li>
            )}
          </ul>
        );
      }}
    </Loaded>
  );
}
