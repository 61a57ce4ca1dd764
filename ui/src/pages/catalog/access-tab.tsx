import { Link } from "@tanstack/react-router";
import type { Manifest } from "../../../../src/model/manifest.ts";
import { api } from "../../api/client.ts";
import type { Answer } from "../../api/types.ts";
import { Ago } from "../../design/components/ago.tsx";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { visibleLine } from "../../design/visible-text.ts";
import styles from "./catalog.module.css";
import type { Entry } from "./catalog-entry.ts";
import { againMs } from "./catalog-queries.ts";
import { type Reader, readersOf } from "./readers-of.ts";

type Token = Answer<"/api/v1/tokens">["tokens"][number];

const word = (text: string) => <span className="foreign">{visibleLine(text.slice(0, 200))}</span>;

/** Whom it is open to: the project itself always, and the audiences of marts that it is in, with the tokens that open it now. */
export function AccessTab({ entry: { name } }: { entry: Entry }) {
  const manifest = api.useQuery("get", "/api/v1/manifest");
  const given = api.useQuery("get", "/api/v1/tokens", {}, { refetchInterval: againMs });
  return (
    <Loaded query={{ data: manifest.data && given.data, error: manifest.error ?? given.error }}>
      {({ tokens }) => {
        const readers = readersOf(manifest.data as unknown as Manifest, name);
        const open = tokens.filter(({ audience, revokedAt }) => revokedAt === null && readers.some((reader) => reader.audience === audience));
        return (
          <>
            <Card title="Audiences" flush>
              <p className={styles.note}>Who has the project’s token, or a session of this page, reads everything.</p>
              {readers.length === 0 ? <Empty title="Nobody else">To show it to others, declare a mart that has it, with its readers.</Empty> : <Table label="Audiences" columns={readerColumns} rows={readers} rowKey={({ audience, mart, table }) => `${audience} ${mart} ${table}`} />}
            </Card>
            {readers.length > 0 && (
              <Card title="Tokens that open it" flush>
                {open.length === 0 ? <Empty title="None now"><p>Make one: millrace token create --for {word(readers[0].audience)} --name …</p></Empty> : <Table label="Tokens" columns={tokenColumns} rows={open} rowKey={({ id }) => id} />}
              </Card>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

const readerColumns: TableColumn<Reader>[] = [
  { title: "Audience", cell: ({ audience }) => word(audience) },
  { title: "Mart", cell: ({ mart }) => <Link to="/catalog/$kind/$entry" params={{ kind: "database", entry: mart }}>{word(mart)}</Link> },
  { title: "Reads it as", cell: ({ table, isWhole }) => <><Link to="/catalog/$kind/$entry" params={{ kind: "table", entry: table }}>{word(table)}</Link>{!isWhole && <span className="quiet"> what its statement lets through</span>}</> },
];

const isOver = ({ expiresAt }: Token): boolean => expiresAt !== null && Date.parse(expiresAt) < Date.now();

const tokenColumns: TableColumn<Token>[] = [
  { title: "Token", cell: ({ id }) => <code>{id}</code> },
  { title: "Name", cell: ({ name }) => word(name) },
  { title: "Audience", cell: ({ audience }) => word(audience) },
  { title: "State", cell: (token) => <StateBadge state={isOver(token) ? "ended" : "open"} tone={isOver(token) ? "wait" : "ok"} /> },
  { title: "Until", cell: ({ expiresAt }) => (expiresAt === null ? "it is revoked" : <Moment at={expiresAt} />) },
  { title: "Last used", cell: ({ lastUsedAt }) => <Ago at={lastUsedAt} /> },
];
