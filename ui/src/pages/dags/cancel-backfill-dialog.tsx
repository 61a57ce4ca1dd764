import { client } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { Dialog } from "../../design/components/dialog.tsx";
import { useAction } from "../../design/use-action.ts";

/** Ends a backfill for good. */
export function CancelBackfillDialog({ backfill, open, onClose }: { backfill: string; open: boolean; onClose(): void }) {
  const cancel = useAction(() => client.POST("/api/v1/backfills/{backfill}/cancel", { params: { path: { backfill } } }), () => "The backfill was ended.");
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Cancel the backfill"
      actions={
        <>
          <Button onClick={onClose}>Let it go on</Button>
          <Button look="danger" disabled={cancel.isPending} onClick={() => cancel.mutate(undefined, { onSuccess: onClose })}>
            Cancel the backfill
          </Button>
        </>
      }
    >
      <p>It makes no more runs, and cannot be resumed. Runs that go on come to their end.</p>
    </Dialog>
  );
}
