import { useNavigate, useSearch } from "@tanstack/react-router";
import type { Manifest } from "../../../../src/model/manifest.ts";
import { api } from "../../api/client.ts";
import { Card } from "../../design/components/card.tsx";
import { Choice } from "../../design/components/field.tsx";
import styles from "./catalog.module.css";
import type { Snapshot } from "./catalog-entry.ts";
import { DifferenceCounts } from "./difference-counts.tsx";
import { keyOf, orderedDifferenceSql } from "./row-difference.ts";
import { RowsCard } from "./rows-card.tsx";
import { versionTitle } from "./version-title.ts";

const rowsMax = 200;

/** What differs between two versions, row by row. */
export function VersionDifference({ name, snapshots }: { name: string; snapshots: Snapshot[] }) {
  const { version, compare } = useSearch({ from: "/shell/catalog/$kind/$entry" });
  const navigate = useNavigate();
  const manifest = api.useQuery("get", "/api/v1/manifest");
  const options = snapshots.map((snapshot) => ({ value: snapshot.id, title: versionTitle(snapshot) }));
  const known = (id: string | undefined): string | undefined => options.find(({ value }) => value === id)?.value;
  const after = known(version) ?? options[0].value;
  const before = known(compare);
  const set = (change: object): void => void navigate({ to: ".", search: ((now: object) => ({ ...now, ...change })) as never, replace: true });
  const pair = before !== undefined && manifest.data !== undefined ? { name, before, after, key: keyOf(manifest.data as unknown as Manifest, name) } : undefined;
  return (
    <>
      <Card title="What differs between two versions" flush>
        <div className={styles.controls}>
          <Choice label="Before" options={[{ value: "", title: "choose a version" }, ...options]} value={before ?? ""} onChange={(event) => set({ compare: event.target.value || undefined })} />
          <Choice label="After" options={options} value={after} onChange={(event) => set({ version: event.target.value })} />
        </div>
      </Card>
      {pair && (
        <>
          <DifferenceCounts pair={pair} />
          <RowsCard title="Rows that differ" sql={orderedDifferenceSql(pair)} limit={rowsMax} none="No row differs" />
        </>
      )}
    </>
  );
}
