import { useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "../../design/components/button.tsx";
import { Loaded, Page } from "../../design/components/page.tsx";
import { Tabs } from "../../design/components/tabs.tsx";
import { visibleLine } from "../../design/visible-text.ts";
import { useFollowed } from "../../live/use-followed.ts";
import { DatasetChecks } from "../quality/dataset-checks.tsx";
import { AccessTab } from "./access-tab.tsx";
import type { Entry } from "./catalog-entry.ts";
import { againMs, datasetOf, entryQuery } from "./catalog-queries.ts";
import { ColumnsTab } from "./columns-tab.tsx";
import { EntryHead } from "./entry-head.tsx";
import { HistoryTab } from "./history-tab.tsx";
import { LineageTab } from "./lineage-tab.tsx";
import { NotesDialog } from "./notes-dialog.tsx";
import { NoVersions } from "./no-versions.tsx";
import { PartitionsTab } from "./partitions-tab.tsx";
import { PreviewTab } from "./preview-tab.tsx";
import { ProfileTab } from "./profile-tab.tsx";
import { TablesTab } from "./tables-tab.tsx";
import { VersionsTab } from "./versions-tab.tsx";

const tabs = [
  { name: "tables", title: "Tables", of: ["database"] },
  { name: "columns", title: "Columns", of: ["table", "topic"] },
  { name: "preview", title: "Preview", of: ["table", "topic"] },
  { name: "versions", title: "Versions", of: ["lake"] },
  { name: "partitions", title: "Partitions", of: ["lake"] },
  { name: "profile", title: "Profile", of: ["table", "topic"] },
  { name: "checks", title: "Checks", of: ["table", "topic"] },
  { name: "lineage", title: "Lineage", of: ["table", "topic"] },
  { name: "access", title: "Who may read", of: ["table", "topic"] },
  { name: "history", title: "Changes", of: ["database", "table", "topic"] },
];

/** One dataset: what it is, what is in it, where it comes from and goes to, and who may read it. */
export default function EntryPage() {
  const { kind, entry: name } = useParams({ from: "/shell/catalog/$kind/$entry" });
  const { tab: wanted, check } = useSearch({ from: "/shell/catalog/$kind/$entry" });
  const found = useFollowed({ kind, name }, { ...entryQuery({ kind, name }), refetchInterval: againMs });
  const [editing, setEditing] = useState(false);
  return (
    <Page title={visibleLine(name)} actions={found.data && <Button onClick={() => setEditing(true)}>Edit notes…</Button>}>
      <Loaded query={found}>
        {(entry) => {
          const shown = tabs.filter(({ of }) => of.includes(kind) || (of.includes("lake") && (entry.form === "lake" || entry.form === "model")));
          const tab = shown.find((each) => each.name === wanted)?.name ?? shown[0].name;
          return (
            <>
              <EntryHead entry={entry} />
              <Tabs tabs={shown} current={tab} />
              <Tab tab={tab} entry={entry} check={check} />
              {editing && <NotesDialog entry={entry} onClose={() => setEditing(false)} />}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

function Tab({ tab, entry, check }: { tab: string; entry: Entry; check: string | undefined }) {
  const { kind, name, facts } = entry;
  const isKept = facts.format === "iceberg";
  if (tab === "tables") return <TablesTab database={name} />;
  if (tab === "preview") return <PreviewTab kind={kind} name={name} isKept={isKept} />;
  if (tab === "versions") return isKept ? <VersionsTab name={name} /> : <NoVersions name={name} />;
  if (tab === "partitions") return isKept ? <PartitionsTab key={name} name={name} /> : <NoVersions name={name} />;
  if (tab === "profile") return <ProfileTab entry={entry} />;
  if (tab === "checks") return <DatasetChecks key={name} dataset={datasetOf(kind, name)} check={check} />;
  if (tab === "lineage") return <LineageTab kind={kind} name={name} />;
  if (tab === "access") return <AccessTab entry={entry} />;
  if (tab === "history") return <HistoryTab kind={kind} name={name} />;
  return <ColumnsTab entry={entry} />;
}
