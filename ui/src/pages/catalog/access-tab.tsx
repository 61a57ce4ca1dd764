import type { Manifest } from "../../../../src/model/manifest.ts";
import { api } from "../../api/client.ts";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { Table } from "../../design/components/table.tsx";
import type { Entry } from "./catalog-entry.ts";

/** Whom it is open to: the project itself always, and the audiences of marts that it is in, with the tokens that open it now. */
export function AccessTab({ entry: { name } }: { entry: Entry }) {
  const manifest = api.useQuery("get", "/api/v1/manifest");
  const tokens = api.useQuery("get", "/api/v1/tokens");
  return (
    <Loaded query={{ data: manifest.data && tokens.data, error: manifest.error ?? tokens.error }}>
      {({ tokens }) => {
        const marts = Object.values((manifest.data as unknown as Manifest).marts ?? {}).filter((mart) => mart.tables.includes(name));
        const readers = [...new Set(marts.flatMap((mart) => mart.readers))];
        const open = tokens.filter(({ audience, revokedAt }) => readers.includes(audience) && revokedAt === null);
        return (
          <>
            <Card title="Audiences">
              {readers.length === 0 ? (
                <Empty title="The project's token and sessions alone">It is in no mart: no reader's token opens it.</Empty>
              ) : (
                <ul>
                  {marts.map((mart) => (
                    <li key={mart.name} className="foreign">
                      {mart.name}: {mart.readers.join(", ") || "nobody"}
                    </li>
                  ))}
                </ul>
              )}
            </Card>
            {open.length > 0 && (
              <Card title="Tokens that open it" flush>
                <Table
                  label="Tokens"
                  columns={[
                    { title: "Token", cell: ({ id }) => <code>{id}</code> },
                    { title: "For", cell: ({ audience, name }) => <span className="foreign">{audience}, {name}</span> },
                    { title: "State", cell: ({ expiresAt }) => <StateBadge state={expiresAt !== null && Date.parse(expiresAt) < Date.now() ? "ended" : "open"} tone={expiresAt !== null && Date.parse(expiresAt) < Date.now() ? "wait" : "ok"} /> },
                    { title: "Until", cell: ({ expiresAt }) => (expiresAt === null ? "revoked" : <Moment at={expiresAt} />) },
                    { title: "Last used", cell: ({ lastUsedAt }) => <Moment at={lastUsedAt} /> },
                  ]}
                  rows={open}
                  rowKey={({ id }) => id}
                />
              </Card>
            )}
          </>
        );
      }}
    </Loaded>
  );
}
