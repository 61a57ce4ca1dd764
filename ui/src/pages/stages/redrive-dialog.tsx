import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { Dialog } from "../../design/components/dialog.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { TextField } from "../../design/components/field.tsx";
import { countText } from "../../design/format.ts";
import { useAction } from "../../design/use-action.ts";

/** Sends dead letters through their stage again; says first how many that would be. */
export function RedriveDialog({ stage, onClose }: { stage: string; onClose(): void }) {
  const [limit, setLimit] = useState("");
  const [errorCode, setErrorCode] = useState("");
  const body = { ...(limit !== "" && { limit: Number(limit) }), ...(errorCode !== "" && { filter: { errorCode } }) };
  const isCount = limit === "" || (Number.isSafeInteger(Number(limit)) && Number(limit) > 0);
  const post = async (more: { dryRun?: boolean }) => (await client.POST("/api/v1/dlq/{stage}/redrive", { params: { path: { stage } }, body: { ...body, ...more } })).data as { matched: number; redriven: number };
  const count = useQuery({ queryKey: ["redrive", stage, body], queryFn: () => post({ dryRun: true }), enabled: isCount, retry: false });
  const matched = count.data && Math.min(count.data.matched, limit === "" ? Number.POSITIVE_INFINITY : Number(limit));
  const act = useAction(() => post({}), ({ redriven }) => `${countText(redriven)} dead ${redriven === 1 ? "letter is" : "letters are"} on the way through ${stage} again.`);
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Redrive dead letters of ${stage}`}
      actions={
        <>
          <Button onClick={onClose}>Leave them</Button>
          <Button look="primary" disabled={act.isPending || !isCount || !matched} onClick={() => act.mutate(undefined, { onSuccess: onClose })}>
            {matched === undefined ? "Send" : `Send ${countText(matched)}`}
          </Button>
        </>
      }
    >
      <p>They go through the stage once more, the oldest first. What fails again comes back here. Mend the cause first.</p>
      <TextField label="With this error code alone" placeholder="all" value={errorCode} maxLength={64} onChange={({ target }) => setErrorCode(target.value)} />
      <TextField label="No more than" placeholder="all" type="number" min={1} value={limit} hint={isCount ? undefined : "a whole number above zero"} onChange={({ target }) => setLimit(target.value)} />
      {count.error ? <ErrorBox error={count.error} /> : <p role="status">{matched === undefined ? "Counting…" : `${countText(matched)} would be sent.`}</p>}
    </Dialog>
  );
}
