import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { client } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { Dialog } from "../../design/components/dialog.tsx";
import { TextArea, TextField } from "../../design/components/field.tsx";
import { useAction } from "../../design/use-action.ts";
import { headersOf } from "./headers-of.ts";
import { recordSkeleton } from "./record-skeleton.ts";
import type { TopicInfo } from "./topic-page.tsx";

/** Writes one record, as any producer would: the schema is checked, and every stage that reads the topic gets it. */
export function ProduceDialog({ info: { name, key, columns = [], readBy }, onClose }: { info: TopicInfo; onClose(): void }) {
  const navigate = useNavigate();
  const [text, setText] = useState(() => recordSkeleton(columns, new Date()));
  const [ownKey, setOwnKey] = useState("");
  const [headerLines, setHeaderLines] = useState("");
  const headers = headersOf(headerLines);
  const value = parsed(text);
  const act = useAction(
    async () => (await client.POST("/api/v1/topics/{topic}/records", { params: { path: { topic: name } }, body: { value: value as Record<string, never>, ...(ownKey !== "" && { key: ownKey }), ...(headers !== undefined && headers.length > 0 && { headers }) } })).data?.accepted[0],
    (taken) => `The record is on disk: ${taken?.partition}:${taken?.offset}.`,
  );
  const produce = (): void =>
    act.mutate(undefined, {
      onSuccess: (taken) => {
        onClose();
        if (taken?.offset !== null && taken !== undefined) void navigate({ to: ".", search: ((search: object) => ({ ...search, tab: undefined, record: `${taken.partition}:${taken.offset}` })) as never });
      },
    });
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Produce a record to ${name}`}
      actions={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button look="primary" disabled={act.isPending || value === undefined || headers === undefined} onClick={produce}>
            Produce
          </Button>
        </>
      }
    >
      <p>{readBy.length === 0 ? "No stage reads this topic." : `It is a record like any other: ${readBy.length === 1 ? "the stage" : `${readBy.length} stages`} that ${readBy.length === 1 ? "reads" : "read"} the topic will get it.`}</p>
      <TextArea label="Value, as JSON" rows={Math.min(16, text.split("\n").length + 1)} value={text} onChange={({ target }) => setText(target.value)} hint={value === undefined ? "this is no JSON object" : undefined} />
      <TextField label="Key" placeholder={key === undefined ? "none" : `the value of ${key}`} value={ownKey} onChange={({ target }) => setOwnKey(target.value)} />
      <TextArea label="Headers" rows={2} placeholder="none; one a line: name: value" value={headerLines} onChange={({ target }) => setHeaderLines(target.value)} hint={headers === undefined ? "one a line: a name, a colon, its value" : undefined} />
    </Dialog>
  );
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
