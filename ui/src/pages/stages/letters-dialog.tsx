import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../design/components/button.tsx";
import { Dialog } from "../../design/components/dialog.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { TextField } from "../../design/components/field.tsx";
import { countText } from "../../design/format.ts";
import { useAction } from "../../design/use-action.ts";
import { type Deed, settleLetters } from "./settle-letters.ts";

const words: Record<Deed, { title(stage: string): string; press: string; would: string; said(letters: string, isOne: boolean, stage: string): string; text: string }> = {
  redrive: {
    title: (stage) => `Redrive dead letters of ${stage}`,
    press: "Send",
    would: "would be sent.",
    said: (letters, isOne, stage) => `${letters} ${isOne ? "is" : "are"} on the way through ${stage} again.`,
    text: "They go through the stage once more, the oldest first. What fails again comes back here. Mend the cause first.",
  },
  discard: {
    title: (stage) => `Discard dead letters of ${stage}`,
    press: "Discard",
    would: "would be discarded.",
    said: (letters, isOne) => `${letters} ${isOne ? "waits" : "wait"} no longer.`,
    text: "They wait no longer and are not sent again, the oldest first. Their topic keeps them until its retention.",
  },
};

/** Sends dead letters through their stage again, or discards them; says first how many that would be. */
export function LettersDialog({ stage, deed, onClose }: { stage: string; deed: Deed; onClose(): void }) {
  const [limit, setLimit] = useState("");
  const [errorCode, setErrorCode] = useState("");
  const { title, press, would, said, text } = words[deed];
  const body = { ...(limit !== "" && { limit: Number(limit) }), ...(errorCode !== "" && { filter: { errorCode } }) };
  const isCount = limit === "" || (Number.isSafeInteger(Number(limit)) && Number(limit) > 0);
  const count = useQuery({ queryKey: ["letters", deed, stage, body], queryFn: () => settleLetters(deed, stage, { ...body, dryRun: true }), enabled: isCount, retry: false });
  const matched = count.data && Math.min(count.data.matched, limit === "" ? Number.POSITIVE_INFINITY : Number(limit));
  const act = useAction(() => settleLetters(deed, stage, body), ({ settled }) => said(`${countText(settled)} dead ${settled === 1 ? "letter" : "letters"}`, settled === 1, stage));
  return (
    <Dialog
      open
      onClose={onClose}
      title={title(stage)}
      actions={
        <>
          <Button onClick={onClose}>Leave them</Button>
          <Button look="primary" disabled={act.isPending || !isCount || !matched} onClick={() => act.mutate(undefined, { onSuccess: onClose })}>
            {matched === undefined ? press : `${press} ${countText(matched)}`}
          </Button>
        </>
      }
    >
      <p>{text}</p>
      <TextField label="With this error code alone" placeholder="all" value={errorCode} maxLength={64} onChange={({ target }) => setErrorCode(target.value)} />
      <TextField label="No more than" placeholder="all" type="number" min={1} value={limit} hint={isCount ? undefined : "a whole number above zero"} onChange={({ target }) => setLimit(target.value)} />
      {count.error ? <ErrorBox error={count.error} /> : <p role="status">{matched === undefined ? "Counting…" : `${countText(matched)} ${would}`}</p>}
    </Dialog>
  );
}
