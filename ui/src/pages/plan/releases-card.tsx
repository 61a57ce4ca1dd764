import { useState } from "react";
import { api, client } from "../../api/client.ts";
import type { Answer } from "../../api/types.ts";
import { Button } from "../../design/components/button.tsx";
import { Card } from "../../design/components/card.tsx";
import { Dialog } from "../../design/components/dialog.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { countText } from "../../design/format.ts";
import { useAction } from "../../design/use-action.ts";

type Release = Answer<"/api/v1/releases">["releases"][number];

/** Releases that are kept, and the way back to one. */
export function ReleasesCard() {
  const releases = api.useQuery("get", "/api/v1/releases");
  const [back, setBack] = useState<Release>();
  const columns: TableColumn<Release>[] = [
    { title: "Release", cell: ({ release, current }) => <><code>{release}</code> {current && <StateBadge state="new runs get it" tone="ok" />}</> },
    { title: "First seen", cell: ({ at }) => <Moment at={at} /> },
    { title: "Taken", cell: ({ takenAt }) => <Moment at={takenAt} /> },
    { title: "Note", cell: ({ note }) => <span className="foreign">{note}</span> },
    { title: "DAGs", align: "right", cell: ({ dags }) => countText(dags) },
    { title: "Runs on it", align: "right", cell: ({ runs }) => countText(runs) },
    { title: "Way back", align: "right", cell: (release) => !release.current && <Button onClick={() => setBack(release)}>Go back to <code>{release.release.slice(0, 6)}</code>…</Button> },
  ];
  return (
    <Card title="Releases" flush>
      <Loaded query={releases}>{({ releases }) => <Table label="Releases" columns={columns} rows={releases} rowKey={({ release }) => release} />}</Loaded>
      {back && <RollBack release={back.release} onClose={() => setBack(undefined)} />}
    </Card>
  );
}

function RollBack({ release, onClose }: { release: string; onClose(): void }) {
  const roll = useAction(async () => (await client.POST("/api/v1/releases/rollback", { body: { release } })).data, () => `New runs get release ${release}.`);
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Go back to release ${release}?`}
      actions={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button look="primary" disabled={roll.isPending} onClick={() => roll.mutate(undefined, { onSuccess: onClose })}>
            Go back
          </Button>
        </>
      }
    >
      <p>New runs of DAGs get the DAGs of that release. Runs that go on keep theirs, and stages stay as they are.</p>
      {roll.error !== null && <ErrorBox error={roll.error} />}
    </Dialog>
  );
}
