import { api } from "../../api/client.ts";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { Table } from "../../design/components/table.tsx";
import { againMs } from "./catalog-queries.ts";

/** What changed in its shape and in what is said of it, when, and by whom. */
export function HistoryTab({ kind, name }: { kind: string; name: string }) {
  const history = api.useQuery("get", "/api/v1/catalog/{kind}/{entry}/versions", { params: { path: { kind, entry: name } } }, { refetchInterval: againMs });
  return (
    <Card flush>
      <Loaded query={history}>
        {({ versions }) =>
          versions.length === 0 ? (
            <Empty title="Nothing has changed yet" />
          ) : (
            <Table
              label="Changes"
              columns={[
                { title: "When", cell: ({ at }) => <Moment at={at} /> },
                { title: "By", cell: ({ by }) => <span className="foreign">{by.kind}{by.name === undefined ? "" : ` ${by.name}`}</span> },
                { title: "What", cell: ({ changes }) => <span className="foreign">{changes.slice(0, 50).join("; ")}{changes.length > 50 && `; and ${changes.length - 50} more`}</span> },
              ]}
              rows={versions}
              rowKey={({ version }) => version}
            />
          )
        }
      </Loaded>
    </Card>
  );
}
