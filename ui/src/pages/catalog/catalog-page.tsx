import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useRef } from "react";
import { Empty } from "../../design/components/empty.tsx";
import { Choice, TextField } from "../../design/components/field.tsx";
import { Page } from "../../design/components/page.tsx";
import { useSearchText } from "../../design/use-search-text.ts";
import { useKeys } from "../../shell/use-keys.ts";
import styles from "./catalog.module.css";
import { EntryList } from "./entry-list.tsx";

const kinds = [{ value: "", title: "All kinds" }, { value: "database", title: "Databases" }, { value: "table", title: "Tables" }, { value: "topic", title: "Topics" }];

/** All datasets, or those that have some words. */
export default function CatalogPage() {
  const { find, kind } = useSearch({ from: "/shell/catalog" });
  const navigate = useNavigate();
  const [text, write] = useSearchText("find", find);
  const field = useRef<HTMLDivElement>(null);
  useKeys(useMemo(() => ({ "/": () => field.current?.querySelector("input")?.focus() }), []));
  return (
    <Page
      title="Catalog"
      actions={
        <>
          <Choice label="Kind" bare options={kinds} value={kind ?? ""} onChange={({ target }) => void navigate({ to: ".", search: ((now: object) => ({ ...now, kind: target.value || undefined })) as never, replace: true })} />
          <div ref={field} className={styles.search}>
            <TextField label="Search names, columns, descriptions" bare type="search" maxLength={1_000} placeholder="Search names, columns, words   /" value={text} onChange={({ target }) => write(target.value)} />
          </div>
        </>
      }
    >
      <EntryList label="Catalog" wanted={{ q: find, kind }} none={find === undefined ? <Empty title="The catalog is empty"><p>Declare a topic or a table, or let a crawler look: millrace crawl &lt;folder&gt;</p></Empty> : <Empty title="Nothing has these words"><p>All words must be there, in a name, a column, a tag, an owner or a description.</p></Empty>} />
    </Page>
  );
}
