import { Pause, Play, RotateCw, Scaling } from "lucide-react";
import { useState } from "react";
import { client } from "../../api/client.ts";
import type { StageStatus } from "../../api/types.ts";
import { Button } from "../../design/components/button.tsx";
import { Dialog } from "../../design/components/dialog.tsx";
import { TextField } from "../../design/components/field.tsx";
import { useAsked } from "../../design/use-asked.ts";
import { useAction } from "../../design/use-action.ts";

/** What a person can do with a stage. */
export function StageActions({ stage }: { stage: StageStatus }) {
  const [opened, setOpened] = useAsked("pause", "scale");
  const params = { path: { stage: stage.name } };
  const resume = useAction(() => client.POST("/api/v1/stages/{stage}/resume", { params }), () => `${stage.name} goes on.`);
  const restart = useAction(() => client.POST("/api/v1/stages/{stage}/restart", { params }), () => `${stage.name} was started anew.`);
  const close = (): void => setOpened(undefined);
  return (
    <>
      {stage.state === "paused" ? (
        <Button look="primary" icon={<Play size={14} />} disabled={resume.isPending} onClick={() => resume.mutate(undefined)}>
          Resume
        </Button>
      ) : (
        <Button icon={<Pause size={14} />} onClick={() => setOpened("pause")}>
          Pause
        </Button>
      )}
      {stage.kind !== "http" && (
        <>
          <Button icon={<Scaling size={14} />} onClick={() => setOpened("scale")}>
            Scale
          </Button>
          <Button icon={<RotateCw size={14} />} disabled={restart.isPending || stage.state === "paused"} onClick={() => restart.mutate(undefined)}>
            Restart
          </Button>
        </>
      )}
      {opened === "pause" && <PauseDialog stage={stage} onClose={close} />}
      {opened === "scale" && <ScaleDialog stage={stage} onClose={close} />}
    </>
  );
}

function PauseDialog({ stage: { name, kind }, onClose }: { stage: StageStatus; onClose(): void }) {
  const [reason, setReason] = useState("");
  const pause = useAction(() => client.POST("/api/v1/stages/{stage}/pause", { params: { path: { stage: name } }, body: reason.trim() === "" ? {} : { reason: reason.trim() } }), () => `${name} is paused.`);
  const act = (): void => pause.mutate(undefined, { onSuccess: onClose });
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Pause ${name}`}
      actions={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button look="primary" disabled={pause.isPending} onClick={act}>
            Pause
          </Button>
        </>
      }
    >
      <p>{kind === "http" ? "It answers 503 to whoever posts, until it is resumed." : "It finishes the epoch under way, then reads nothing more until it is resumed. Its input waits in the topic."}</p>
      <TextField label="Why (others see it)" value={reason} maxLength={500} onChange={({ target }) => setReason(target.value)} onKeyDown={({ key }) => key === "Enter" && act()} />
    </Dialog>
  );
}

function ScaleDialog({ stage: { name, scale }, onClose }: { stage: StageStatus; onClose(): void }) {
  const [min, setMin] = useState(String(scale.min));
  const [max, setMax] = useState(String(scale.max));
  const act = useAction(() => client.PUT("/api/v1/stages/{stage}/scale", { params: { path: { stage: name } }, body: { min: Number(min), max: Number(max) } }), () => `${name} has ${min} to ${max} processes from now on.`);
  const isRange = Number.isInteger(Number(min)) && Number.isInteger(Number(max)) && Number(min) >= 0 && Number(max) >= Math.max(1, Number(min));
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Scale ${name}`}
      actions={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button look="primary" disabled={act.isPending || !isRange} onClick={() => act.mutate(undefined, { onSuccess: onClose })}>
            Scale
          </Button>
        </>
      }
    >
      <p>It holds until the next release. More processes than partitions of its input have nothing to do.</p>
      <TextField label="Fewest processes" type="number" min={0} max={1_024} value={min} onChange={({ target }) => setMin(target.value)} />
      <TextField label="Most processes" type="number" min={1} max={1_024} value={max} hint={isRange ? undefined : "at least 1, and not below the fewest"} onChange={({ target }) => setMax(target.value)} />
    </Dialog>
  );
}
