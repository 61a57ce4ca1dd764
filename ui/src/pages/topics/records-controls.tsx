import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useEffect, useState } from "react";
import { Button } from "../../design/components/button.tsx";
import { Choice, TextField } from "../../design/components/field.tsx";
import toolbar from "../../design/components/toolbar.module.css";
import { fieldTime, type RecordsSearch } from "./records-search.ts";
import type { TopicInfo } from "./topic-page.tsx";

type Where = "end" | "start" | "offset" | "time" | "live";

const places = [
  { value: "end", title: "Newest" },
  { value: "live", title: "As they come" },
  { value: "start", title: "Oldest" },
  { value: "offset", title: "Offset…" },
  { value: "time", title: "Time…" },
];

function whereOf({ live, offset, time, from, cursor }: RecordsSearch): Where {
  if (live === "true") return "live";
  if (offset !== undefined || cursor !== undefined) return "offset";
  if (time !== undefined) return "time";
  return from === "start" ? "start" : "end";
}

/** From where, of which partition, and which of them. All of it stands in the address. */
export function RecordsControls({ info, search }: { info: TopicInfo; search: RecordsSearch }) {
  const navigate = useNavigate();
  const [where, setWhere] = useState<Where>(whereOf(search));
  const [offset, setOffset] = useState(search.offset ?? "");
  const [time, setTime] = useState(fieldTime(search.time));
  const [filter, setFilter] = useState(search.filter ?? "");
  // Each part follows its own in the address: what is being written elsewhere stays.
  const inAddress = whereOf(search);
  useEffect(() => setWhere(inAddress), [inAddress]);
  useEffect(() => setOffset(search.offset ?? ""), [search.offset]);
  useEffect(() => setTime(fieldTime(search.time)), [search.time]);
  useEffect(() => setFilter(search.filter ?? ""), [search.filter]);
  const go = (change: RecordsSearch): void => void navigate({ to: ".", search: ((old: object) => ({ ...old, cursor: undefined, record: undefined, ...change })) as never });
  const choose = (next: Where): void => {
    setWhere(next);
    const none = { from: undefined, offset: undefined, time: undefined, live: undefined };
    if (next === "end") go(none);
    if (next === "start") go({ ...none, from: "start" });
    if (next === "live") go({ ...none, live: "true" });
  };
  const partition = search.partition ?? "";
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const place = where === "offset" && offset !== "" ? { offset, partition: partition || "0", from: undefined, time: undefined, live: undefined } : where === "time" && time !== "" ? { time: new Date(time).toISOString(), offset: undefined, from: undefined, live: undefined } : {};
    go({ ...place, filter: filter.trim() || undefined });
  };
  return (
    <form className={toolbar.toolbar} onSubmit={submit} aria-label="Which records">
      <Choice label="From" options={places} value={where} onChange={({ target }) => choose(target.value as Where)} />
      <Choice label="Partition" options={[...(where === "offset" ? [] : [{ value: "", title: "all" }]), ...info.partitionInfo.map((each) => ({ value: String(each.partition), title: String(each.partition) }))]} value={partition} onChange={({ target }) => go({ partition: target.value || undefined })} />
      {where === "offset" && <TextField label="Offset" type="number" min={0} value={offset} onChange={({ target }) => setOffset(target.value)} />}
      {where === "time" && <TextField label="Event time, in your zone" type="datetime-local" step={1} value={time} onChange={({ target }) => setTime(target.value)} />}
      <div className={toolbar.grow}>
        <TextField label="Filter" placeholder={exampleFor(info)} title="Comparisons joined by and: fields, key, partition, offset, time, header.<name>; = != < <= > >= and ~ for text. A word alone is looked for everywhere." value={filter} maxLength={2_000} onChange={({ target }) => setFilter(target.value)} />
      </div>
      <Button type="submit">Show</Button>
    </form>
  );
}

/** A filter of this very topic's fields, so that nobody has to look the words up. */
function exampleFor({ key, columns = [] }: TopicInfo): string {
  const number = columns.find(({ type }) => type === "integer" || type === "number")?.name;
  return [key === undefined ? undefined : "key = …", number === undefined ? undefined : `${number} > 60`].filter(Boolean).join(" and ") || "a word, or field = value";
}
