import { Link, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { Card } from "../../design/components/card.tsx";
import { ForeignText } from "../../design/components/foreign-text.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Loaded, Page } from "../../design/components/page.tsx";
import { Tabs } from "../../design/components/tabs.tsx";
import { bytesText, countText } from "../../design/format.ts";
import { visibleLine } from "../../design/visible-text.ts";
import { AccessTab } from "./access-tab.tsx";
import styles from "./catalog.module.css";
import type { Entry } from "./catalog-entry.ts";
import { ColumnsTab } from "./columns-tab.tsx";
import { HistoryTab } from "./history-tab.tsx";
import { LineageTab } from "./lineage-tab.tsx";
import { NotesDialog } from "./notes-dialog.tsx";
import { PartitionsTab } from "./partitions-tab.tsx";
import { PreviewTab } from "./preview-tab.tsx";
import { ProfileTab } from "./profile-tab.tsx";
import { VersionsTab } from "./versions-tab.tsx";

const tabs = [
  { name: "columns", title: "Columns", forms: "all" },
  { name: "preview", title: "Preview", forms: "rows" },
  { name: "versions", title: "Versions", forms: "lake" },
  { name: "partitions", title: "Partitions", forms: "lake" },
  { name: "profile", title: "Profile", forms: "rows" },
  { name: "lineage", title: "Lineage", forms: "rows" },
  { name: "access", title: "Who may read", forms: "rows" },
  { name: "history", title: "History of its shape", forms: "all" },
];

/** One dataset: what it is, what is in it, where it comes from and goes to, and who may read it. */
export default function EntryPage() {
  const { kind, entry: name } = useParams({ from: "/shell/catalog/$kind/$entry" });
  const { tab: wanted } = useSearch({ from: "/shell/catalog/$kind/$entry" });
  const found = api.useQuery("get", "/api/v1/catalog/{kind}/{entry}", { params: { path: { kind, entry: name } } });
  const [editing, setEditing] = useState(false);
  return (
    <Page title={visibleLine(name)} actions={found.data && <Button onClick={() => setEditing(true)}>Edit notes…</Button>}>
      <Loaded query={found}>
        {(entry) => {
          const shown = tabs.filter(({ forms }) => forms === "all" || (kind !== "database" && (forms === "rows" || (kind === "table" && (entry.form === "lake" || entry.form === "model")))));
          const tab = shown.find((each) => each.name === wanted)?.name ?? "columns";
          return (
            <>
              <Head entry={entry} />
              <Tabs tabs={shown} current={tab} />
              <Tab tab={tab} entry={entry} />
              {editing && <NotesDialog entry={entry} onClose={() => setEditing(false)} />}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

function Head({ entry: { kind, name, form, description, owner, tags, facts } }: { entry: Entry }) {
  const said = [
    ["kind", form === "declared" || form === kind ? kind : `${kind}, ${form}`],
    ["owner", owner?.value],
    ["tags", tags.map(({ value }) => value).join(", ")],
    ["rows", facts.rows === undefined ? undefined : countText(facts.rows)],
    ["size", facts.bytes === undefined ? undefined : bytesText(facts.bytes)],
    ["files", facts.files === undefined ? undefined : countText(facts.files)],
    ["format", facts.format],
  ].filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== "");
  return (
    <Card>
      {description && <p className={styles.description}><ForeignText text={description.value} charsMax={1_000} /></p>}
      <dl className={styles.facts}>
        {said.map(([title, value]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd className="foreign">{visibleLine(value.slice(0, 500))}</dd>
          </div>
        ))}
        {facts.updatedAt !== undefined && (
          <div>
            <dt>changed</dt>
            <dd>
              <Moment at={facts.updatedAt} />
            </dd>
          </div>
        )}
        {kind !== "database" && (
          <div>
            <dt>quality</dt>
            <dd>
              <Link to="/quality/$dataset" params={{ dataset: kind === "topic" ? `topics.${name}` : name }}>
                {facts.quality ? facts.quality.broken.length === 0 ? "all checks passed" : `${facts.quality.broken.length} checks broken` : "watched"}
              </Link>
            </dd>
          </div>
        )}
      </dl>
    </Card>
  );
}

function Tab({ tab, entry }: { tab: string; entry: Entry }) {
  const { kind, name } = entry;
  if (tab === "preview") return <PreviewTab kind={kind} name={name} />;
  if (tab === "versions") return <VersionsTab name={name} />;
  if (tab === "partitions") return <PartitionsTab name={name} />;
  if (tab === "profile") return <ProfileTab dataset={kind === "topic" ? `topics.${name}` : name} />;
  if (tab === "lineage") return <LineageTab kind={kind} name={name} />;
  if (tab === "access") return <AccessTab entry={entry} />;
  if (tab === "history") return <HistoryTab kind={kind} name={name} />;
  return <ColumnsTab entry={entry} />;
}
