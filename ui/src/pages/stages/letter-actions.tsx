import { Button } from "../../design/components/button.tsx";
import { useAction } from "../../design/use-action.ts";
import { type Deed, settleLetters } from "./settle-letters.ts";

/** Sends one dead letter through its stage again, or discards it, and leaves the others. */
export function LetterActions({ stage, place, onDone }: { stage: string; place: { partition: number; offset: number }; onDone(): void }) {
  const done: Record<Deed, string> = { redrive: `The dead letter is on the way through ${stage} again.`, discard: "The dead letter waits no longer. Its topic keeps it until its retention." };
  const act = useAction(
    async (deed: Deed) => ({ deed, ...(await settleLetters(deed, stage, { records: [place] })) }),
    ({ deed, settled }) => (settled === 1 ? done[deed] : "It no longer waits at this place: it is gone, or stands further back now."),
  );
  const button = (deed: Deed, text: string) => (
    <Button look={deed === "redrive" ? "primary" : undefined} disabled={act.isPending} onClick={() => act.mutate(deed, { onSuccess: onDone })}>
      {text}
    </Button>
  );
  return <>{button("discard", "Discard it")}{button("redrive", "Send it again")}</>;
}
