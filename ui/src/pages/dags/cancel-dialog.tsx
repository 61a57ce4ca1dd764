import { useState } from "react";
import { client } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { Dialog } from "../../design/components/dialog.tsx";
import { TextField } from "../../design/components/field.tsx";
import { useAction } from "../../design/use-action.ts";

/** Ends a run. */
export function CancelDialog({ run, open, onClose }: { run: string; open: boolean; onClose(): void }) {
  const [note, setNote] = useState("");
  const cancel = useAction(() => client.POST("/api/v1/runs/{run}/cancel", { params: { path: { run } }, body: note === "" ? {} : { note } }), () => "The run was ended.");
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Cancel the run"
      actions={
        <>
          <Button onClick={onClose}>Let it go on</Button>
          <Button look="danger" disabled={cancel.isPending} onClick={() => cancel.mutate(undefined, { onSuccess: onClose })}>
            Cancel the run
          </Button>
        </>
      }
    >
      <p>Nothing of it is started any more, and what goes on is stopped. What it has published stays.</p>
      <TextField label="Note" hint="Optional" maxLength={500} value={note} onChange={({ target }) => setNote(target.value)} />
    </Dialog>
  );
}
