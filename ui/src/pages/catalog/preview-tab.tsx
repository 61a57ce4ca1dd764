import { useNavigate, useSearch } from "@tanstack/react-router";
import { Choice } from "../../design/components/field.tsx";
import styles from "./catalog.module.css";
import { sqlAt } from "./catalog-entry.ts";
import { RowsCard } from "./rows-card.tsx";
import { useTable } from "./use-table.ts";
import { versionTitle } from "./version-title.ts";

const previewRows = 100;

/** Some rows, of the version that the address names, or of the current one. @param isKept - it has versions to choose from */
export function PreviewTab({ kind, name, isKept }: { kind: string; name: string; isKept: boolean }) {
  const { version } = useSearch({ from: "/shell/catalog/$kind/$entry" });
  const chosen = isKept ? version : undefined;
  return <RowsCard title={chosen === undefined ? "Some rows" : `Some rows of version ${chosen}`} sql={`select * from ${sqlAt(kind, name, chosen)}`} limit={previewRows} none="There are no rows yet" of={chosen === undefined ? { kind, name } : undefined} aside={isKept && <VersionChoice name={name} version={chosen} />} />;
}

function VersionChoice({ name, version }: { name: string; version: string | undefined }) {
  const navigate = useNavigate();
  const { data } = useTable(name);
  const options = [{ value: "", title: "as it is now" }, ...(data?.snapshots ?? []).map((snapshot) => ({ value: snapshot.id, title: versionTitle(snapshot) }))];
  return (
    <div className={styles.version}>
      <Choice label="Version" bare options={options} value={version ?? ""} onChange={({ target }) => void navigate({ to: ".", search: ((now: object) => ({ ...now, version: target.value || undefined })) as never, replace: true })} />
    </div>
  );
}
