import { useState } from "react";
import { client } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { Dialog } from "../../design/components/dialog.tsx";
import { TextField } from "../../design/components/field.tsx";
import { useAction } from "../../design/use-action.ts";

/** Stops a DAG's schedule, with a word for others why. */
export function PauseDialog({ dag, open, onClose }: { dag: string; open: boolean; onClose(): void }) {
  const [note, setNote] = useState("");
  const pause = useAction(() => client.POST("/api/v1/dags/{dag}/pause", { params: { path: { dag } }, body: note === "" ? {} : { note } }), () => `${dag} is paused.`);
  const act = (): void => pause.mutate(undefined, { onSuccess: onClose });
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`Pause ${dag}`}
      actions={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button look="primary" disabled={pause.isPending} onClick={act}>
            Pause
          </Button>
        </>
      }
    >
      <p>No more scheduled runs are made. Those that go on end.</p>
      <TextField label="Why, for those who look" hint="Optional" maxLength={500} value={note} onChange={({ target }) => setNote(target.value)} onKeyDown={({ key }) => key === "Enter" && act()} />
    </Dialog>
  );
}
