import { Trash2 } from "lucide-react";
import { useState } from "react";
import { api, client } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { Dialog } from "../../design/components/dialog.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { TextField } from "../../design/components/field.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { useAction } from "../../design/use-action.ts";
import { useSearchText } from "../../design/use-search-text.ts";
import { visibleLine } from "../../design/visible-text.ts";
import { useSqlSearch } from "./search.ts";
import styles from "./side-panel.module.css";

/** Queries that are kept under a name, for all who work on the project. */
export function SavedPanel({ shown, onOpen }: { shown: string | undefined; onOpen(saved: string): void }) {
  const [word, setWord] = useSearchText("find", useSqlSearch().search.find);
  const [going, setGoing] = useState<{ id: string; name: string }>();
  const all = api.useQuery("get", "/api/v1/saved-queries");
  const remove = useAction(({ id }: { id: string; name: string }) => client.POST("/api/v1/saved-queries/{saved}/remove", { params: { path: { saved: id } } }), (_, { name }) => `Removed "${name}".`);
  return (
    <aside className={styles.panel} aria-label="Saved queries">
      <TextField label="Find a saved query" bare placeholder="Find a saved query" value={word} onChange={(event) => setWord(event.target.value)} />
      <Loaded query={all}>
        {({ saved }) => {
          const found = saved.filter(({ name }) => name.toLowerCase().includes(word.toLowerCase()));
          if (found.length === 0) return <Empty title={saved.length === 0 ? "Nothing was saved yet" : "None is called so"}>{saved.length === 0 && "Write a statement and press Save…"}</Empty>;
          return (
            <ul className={styles.list}>
              {found.map(({ id, name, by, changedAt }) => (
                <li key={id} className={styles.row}>
                  <button type="button" className={styles.item} aria-current={id === shown ? "true" : undefined} onClick={() => onOpen(id)}>
                    <span className="foreign">{visibleLine(name)}</span>
                    <span className={styles.facts}>
                      <Moment at={changedAt} />
                      {by !== null && <span className="foreign">{visibleLine(by)}</span>}
                    </span>
                  </button>
                  <Button look="plain" icon={<Trash2 size={14} />} label={`Remove ${visibleLine(name)}`} onClick={() => setGoing({ id, name })} />
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
      <Dialog
        open={going !== undefined}
        onClose={() => setGoing(undefined)}
        title="Remove this query for everybody?"
        actions={
          <>
            <Button onClick={() => setGoing(undefined)}>Keep it</Button>
            <Button
              look="danger"
              onClick={() => {
                if (going) remove.mutate(going);
                setGoing(undefined);
              }}
            >
              Remove
            </Button>
          </>
        }
      >
        <p className="foreign">{visibleLine(going?.name ?? "")}</p>
      </Dialog>
    </aside>
  );
}
