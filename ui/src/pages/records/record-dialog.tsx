import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Button } from "../../design/components/button.tsx";
import { Dialog } from "../../design/components/dialog.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { ForeignText } from "../../design/components/foreign-text.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { ScrollBox } from "../../design/components/scroll-box.tsx";
import styles from "./record-dialog.module.css";
import type { ReadOne } from "./read-records.ts";
import type { RecordView } from "./record-pages.ts";

interface RecordDialogProps {
  topic: string;
  /** `partition:offset`, from the address. */
  place: string;
  read: ReadOne;
  /** What can be done with the record, beside closing. */
  action?(place: { partition: number; offset: number }, close: () => void): ReactNode;
}

/** One record, with all that belongs to it. */
export function RecordDialog({ topic, place, read, action }: RecordDialogProps) {
  const navigate = useNavigate();
  const [partition, offset] = place.split(":").map(Number);
  const [whole, setWhole] = useState(false);
  const query = useQuery({ queryKey: ["record", topic, place, whole], queryFn: ({ signal }) => read({ partition, offset, whole }, signal), staleTime: Number.POSITIVE_INFINITY });
  const close = (): void => void navigate({ to: ".", search: ((search: object) => ({ ...search, record: undefined })) as never, resetScroll: false });
  return (
    <Dialog open onClose={close} title={`Record ${partition}:${offset}`} actions={<><Button onClick={close}>Close</Button>{query.data && action?.({ partition, offset }, close)}</>}>
      <Loaded query={query}>
        {(found) =>
          found === null ? (
            <Empty title="There is no such record">Retention or compaction has removed it, or it has not been written yet.</Empty>
          ) : (
            <>
              <Parts record={found} />
              {found.shortened && (
                <p>
                  It is long, and parts are left out here. <Button onClick={() => setWhole(true)}>Load all of it</Button>
                </p>
              )}
            </>
          )
        }
      </Loaded>
    </Dialog>
  );
}

function Parts({ record: { key, headers, eventTime, appendedAt, value } }: { record: RecordView }) {
  return (
    <>
      <dl className={styles.parts}>
        <dt>Key</dt>
        <dd>{key === null ? "–" : <ForeignText text={key} />}</dd>
        <dt>Event time</dt>
        <dd><Moment at={eventTime} /></dd>
        <dt>Written</dt>
        <dd><Moment at={appendedAt} /></dd>
        {headers.map(([name, text], i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: names may come twice, and their order is theirs
          <Header key={i} name={name} text={text} />
        ))}
      </dl>
      <ScrollBox label="Value" className={styles.value}>
        <ForeignText text={value === null ? "null: it deletes its key" : JSON.stringify(value, null, 2)} />
      </ScrollBox>
    </>
  );
}

function Header({ name, text }: { name: string; text: string }) {
  return (
    <>
      <dt><ForeignText text={name} /></dt>
      <dd><ForeignText text={text} /></dd>
    </>
  );
}
