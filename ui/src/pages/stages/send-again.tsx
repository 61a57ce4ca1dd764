import { client } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { useAction } from "../../design/use-action.ts";

/** Sends one dead letter through its stage again, and leaves the others. */
export function SendAgain({ stage, place, onSent }: { stage: string; place: { partition: number; offset: number }; onSent(): void }) {
  const send = async () => (await client.POST("/api/v1/dlq/{stage}/redrive", { params: { path: { stage } }, body: { records: [place] } })).data as { redriven: number };
  const said = ({ redriven }: { redriven: number }): string => (redriven === 1 ? `The dead letter is on the way through ${stage} again.` : "It no longer waits at this place: it was sent again, or stands further back now.");
  const act = useAction(send, said);
  return (
    <Button look="primary" disabled={act.isPending} onClick={() => act.mutate(undefined, { onSuccess: onSent })}>
      Send it again
    </Button>
  );
}
