import { useSearch } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import type { StageStatus } from "../../api/types.ts";
import { api } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { countText } from "../../design/format.ts";
import { visibleText } from "../../design/visible-text.ts";
import { revisionOf } from "../../live/revision-of.ts";
import { useStatus } from "../../live/use-status.ts";
import { deadLetterReader, oneOf } from "../records/read-records.ts";
import { RecordDialog } from "../records/record-dialog.tsx";
import { RecordList } from "../records/record-list.tsx";
import { pageSize, type RecordView } from "../records/record-pages.ts";
import { useRecordPages } from "../records/use-record-pages.ts";
import styles from "./dead-letters-tab.module.css";
import { LetterActions } from "./letter-actions.tsx";
import { LettersDialog } from "./letters-dialog.tsx";
import type { Deed } from "./settle-letters.ts";

/** Records that the stage could not work on: why, and the way back through it. */
export function DeadLettersTab({ stage }: { stage: StageStatus }) {
  const query = api.useQuery("get", "/api/v1/dlq", { params: { query: { limit: 1_000 } } });
  return (
    <Loaded query={query}>
      {({ stages }) => {
        const topic = stages.find((each) => each.stage === stage.name)?.topic;
        return topic === undefined ? <Empty title="It has no dead letters">It runs no code on records, so none of them can fail in it.</Empty> : <Letters stage={stage} topic={topic} />;
      }}
    </Loaded>
  );
}

/** What its headers say went wrong. */
const errorOf = ({ headers }: RecordView): string => {
  const said = new Map(headers as [string, string][]);
  return visibleText([said.get("mr.dlq.errorCode"), said.get("mr.dlq.errorMessage")].filter(Boolean).join(" · ").slice(0, 300));
};

function Letters({ stage: { name, deadLetters }, topic }: { stage: StageStatus; topic: string }) {
  const { record } = useSearch({ strict: false }) as { record?: string };
  const read = useMemo(() => deadLetterReader(name), [name]);
  const one = useMemo(() => oneOf(topic), [topic]);
  const status = useStatus().data;
  // One that was sent and has come back leaves their number as it was, and the topic longer.
  const latest = `${deadLetters} ${revisionOf(status, { kind: "topic", name: topic })}`;
  const [round, setRound] = useState(latest);
  const { records, phase, error, pages } = useRecordPages(read, {}, round);
  // The first page follows as letters come and go; who has read on keeps the place.
  const hasReadOn = records.length > pageSize;
  if (latest !== round && !hasReadOn) setRound(latest);
  const onEnd = useCallback(() => void pages.more(), [pages]);
  const [asks, setAsks] = useState<Deed>();
  return (
    <Card
      title={`${countText(deadLetters)} waiting`}
      aside={
        <div className={styles.actions}>
          <Button disabled={deadLetters === 0} onClick={() => setAsks("discard")}>
            Discard…
          </Button>
          <Button look="primary" disabled={deadLetters === 0} onClick={() => setAsks("redrive")}>
            Redrive…
          </Button>
        </div>
      }
      flush
    >
      {latest !== round && (
        <p className={styles.told} role="status">
          Letters have come or gone since. <Button onClick={() => setRound(latest)}>Read them anew</Button>
        </p>
      )}
      {phase === "failed" && <ErrorBox error={error} />}
      {records.length > 0 && <RecordList records={records} onEnd={onEnd} detail={errorOf} />}
      {records.length === 0 && phase === "done" && <Empty title="No dead letters">Records that fail in this stage come here, with the error beside them.</Empty>}
      {records.length === 0 && ["reading", "resting"].includes(phase) && <Empty title="Reading…" />}
      {record !== undefined && <RecordDialog topic={topic} place={record} read={one} action={(place, close) => <LetterActions stage={name} place={place} onDone={close} />} />}
      {asks && <LettersDialog stage={name} deed={asks} onClose={() => setAsks(undefined)} />}
    </Card>
  );
}
