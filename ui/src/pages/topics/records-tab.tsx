import { Link, useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { Button } from "../../design/components/button.tsx";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { countText } from "../../design/format.ts";
import { takingEarly } from "../records/early-page.ts";
import { oneOf, topicReader } from "../records/read-records.ts";
import { RecordDialog } from "../records/record-dialog.tsx";
import { RecordList } from "../records/record-list.tsx";
import type { RecordView } from "../records/record-pages.ts";
import { useRecordPages } from "../records/use-record-pages.ts";
import { useTail } from "../records/use-tail.ts";
import { newsSince, seenOf } from "./news.ts";
import { RecordsControls } from "./records-controls.tsx";
import { type RecordsSearch, startOf } from "./records-search.ts";
import styles from "./records-tab.module.css";
import type { TopicInfo } from "./topic-page.tsx";

/** The topic's records: from anywhere in it, or as they come. */
export function RecordsTab({ info, search }: { info: TopicInfo; search: RecordsSearch }) {
  const one = useMemo(() => oneOf(info.name), [info.name]);
  return (
    <>
      <RecordsControls info={info} search={search} />
      {search.live === "true" ? <Live topic={info.name} search={search} /> : <Pages info={info} search={search} />}
      {search.record !== undefined && /^\d+:\d+$/.test(search.record) && <RecordDialog key={search.record} topic={info.name} place={search.record} read={one} />}
    </>
  );
}

function Pages({ info, search }: { info: TopicInfo; search: RecordsSearch }) {
  const topic = info.name;
  const navigate = useNavigate();
  const [round, setRound] = useState(0);
  const read = useMemo(() => takingEarly(topic, topicReader(topic)), [topic]);
  const start = startOf(search);
  const { records, scanned, phase, cursor, error, pages } = useRecordPages(read, start, round);
  const filtered = start.filter !== undefined;
  const onEnd = useCallback(() => void pages.more(), [pages]);
  const [first] = records;
  // Newer records come before the first of those that are read back, and behind the last of the others.
  const news = useNews(info, start.partition, records, pages.goesBack ? `${round} ${first?.partition} ${first?.offset}` : `${records.length} ${scanned} ${phase}`);
  const hasMore = news !== 0 && (pages.goesBack || phase === "done");
  const goOn = (): void => void navigate({ to: ".", search: ((old: object) => ({ ...old, cursor, from: undefined, offset: undefined, time: undefined })) as never });
  return (
    <Card flush>
      {(filtered || pages.goesBack || hasMore) && (
        <div className={styles.told} role="status">
          {filtered && <span>{countText(records.length)} found in {countText(scanned)} records looked at</span>}
          {filtered && phase === "reading" && <Button onClick={pages.stop}>Stop</Button>}
          {filtered && phase === "resting" && <Button onClick={onEnd}>Look on</Button>}
          {pages.goesBack && news === 0 && !filtered && <span>The newest first.</span>}
          {hasMore && <Since news={news} onShow={pages.goesBack ? () => setRound(round + 1) : pages.lookOn} />}
        </div>
      )}
      {phase === "failed" && <div className={styles.problem}><ErrorBox error={error} /><Button onClick={onEnd}>Try again</Button></div>}
      {records.length > 0 && <RecordList records={records} onEnd={filtered ? undefined : onEnd} />}
      {records.length === 0 && phase === "done" && (
        <Empty title={filtered ? "No record is like that" : "No records"}>{filtered ? "All that stand there were looked at." : "Produce one above, or start the stage or source that writes here."}</Empty>
      )}
      <p className={styles.end} role="status">
        {phase === "reading" && (filtered ? "Looking…" : "Reading…")}
        {phase === "done" && records.length > 0 && (pages.goesBack ? "This is the first record." : "This is the end for now.")}
        {phase === "full" && <>{countText(records.length)} records are shown. {pages.goesBack ? <span>Choose an offset or a time to see earlier ones.</span> : <Button onClick={goOn}>Go on from here</Button>}</>}
      </p>
    </Card>
  );
}

/** How many have come since what is shown was read: it is not said to be current when it is not. */
function Since({ news, onShow }: { news: number | undefined; onShow(): void }) {
  return (
    <>
      <span>{news === undefined ? "More have" : `${countText(news)} more ${news === 1 ? "has" : "have"}`} come since.</span>
      <Button onClick={onShow}>Show them</Button>
      <Link to="." search={((old: object) => ({ ...old, live: "true" })) as never}>Follow</Link>
    </>
  );
}

/** Records that have come to the topic, or to one of its partitions, since `reading` was another. */
function useNews({ partitionInfo }: TopicInfo, partition: number | undefined, records: readonly RecordView[], reading: string): number | undefined {
  const [seen, setSeen] = useState<{ reading: string; partitions: ReturnType<typeof seenOf> }>();
  if (seen?.reading === reading) return newsSince(seen.partitions, partitionInfo, partition);
  setSeen({ reading, partitions: seenOf(partitionInfo, records) });
  return 0;
}

function Live({ topic, search }: { topic: string; search: RecordsSearch }) {
  const { partition, filter } = startOf(search);
  const { records, came, passed, phase, error } = useTail(topic, { partition, filter }, true);
  return (
    <Card flush>
      <div className={styles.told}>
        <StateBadge state={phase === "live" ? "following" : phase} tone={phase === "live" ? "ok" : phase === "stale" ? "warn" : "wait"} />
        {phase !== "connecting" && <span>{countText(came)} came since you look; the last {countText(records.length)} are here.</span>}
        {passed > 0 && <span>{countText(passed)} went by too fast to show.</span>}
      </div>
      {phase === "stale" && error !== undefined && <div className={styles.problem}><ErrorBox error={error} /></div>}
      {records.length > 0 && <RecordList records={records} />}
      {records.length === 0 && phase === "live" && <Empty title="Nothing has come yet">{filter === undefined ? "What is written from now on shows up here at once." : "What is written from now on and fits the filter shows up here at once."}</Empty>}
    </Card>
  );
}
