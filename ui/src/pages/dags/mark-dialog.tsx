import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { Check } from "../../design/components/check.tsx";
import { Dialog } from "../../design/components/dialog.tsx";
import { Choice, TextField } from "../../design/components/field.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { useAction } from "../../design/use-action.ts";
import type { TaskChoice } from "./clear-dialog.tsx";
import { TaskSet, type TaskSetView } from "./task-set.tsx";

const states = [
  { value: "success", title: "success" },
  { value: "failed", title: "failed" },
  { value: "skipped", title: "skipped" },
];

/** Says how tasks ended, whatever they did: which ones is shown before it is done. */
export function MarkDialog({ run, tasks, onClose }: { run: string; tasks: TaskChoice[]; onClose(): void }) {
  const [state, setState] = useState<"success" | "failed" | "skipped">("success");
  const [downstream, setDownstream] = useState(false);
  const [upstream, setUpstream] = useState(false);
  const [note, setNote] = useState("");
  const body = { tasks, state, downstream, upstream };
  const dry = useQuery({
    queryKey: ["post", "/api/v1/runs/{run}/mark", run, body],
    queryFn: async ({ signal }) => (await client.POST("/api/v1/runs/{run}/mark", { params: { path: { run } }, body: { ...body, dryRun: true }, signal })).data as TaskSetView,
    placeholderData: keepPreviousData,
  });
  const mark = useAction(
    async () => (await client.POST("/api/v1/runs/{run}/mark", { params: { path: { run } }, body: { ...body, ...(note === "" ? {} : { note }) } })).data as TaskSetView,
    (set) => `${set.tasks.length.toLocaleString("en")} tasks are marked as ${state}.`,
  );
  const count = dry.data?.tasks.length ?? 0;
  return (
    <Dialog
      open
      onClose={onClose}
      title="Mark"
      actions={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button look="primary" disabled={count === 0 || mark.isPending || dry.isPlaceholderData} onClick={() => mark.mutate(undefined, { onSuccess: onClose })}>
            {dry.data === undefined ? "Mark" : count === 0 ? "Nothing to mark" : `Mark ${count.toLocaleString("en")} as ${state}`}
          </Button>
        </>
      }
    >
      <Choice label="As" options={states} value={state} onChange={({ target }) => setState(target.value as typeof state)} />
      <Check label="Those that come after them too" checked={downstream} onChange={setDownstream} />
      <Check label="Those that come before them too" checked={upstream} onChange={setUpstream} />
      <TextField label="Note" hint="Optional" maxLength={500} value={note} onChange={({ target }) => setNote(target.value)} />
      <Loaded query={dry}>{(set) => <TaskSet set={set} />}</Loaded>
    </Dialog>
  );
}
