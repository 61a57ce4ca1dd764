import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { Check } from "../../design/components/check.tsx";
import { Dialog } from "../../design/components/dialog.tsx";
import { Choice, TextField } from "../../design/components/field.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { useAction } from "../../design/use-action.ts";
import { TaskSet, type TaskSetView } from "./task-set.tsx";

export interface TaskChoice {
  task: string;
  /** Absent: all items of its map. */
  index?: number;
}

const releases = [
  { value: "newest", title: "The release that new runs get" },
  { value: "same", title: "The release that the run has" },
];

/** Lets tasks of a run run again: which ones is shown before it is done. */
export function ClearDialog({ run, tasks, onlyFailed: atFirst = false, onClose }: { run: string; tasks: TaskChoice[]; onlyFailed?: boolean; onClose(): void }) {
  const [downstream, setDownstream] = useState(true);
  const [upstream, setUpstream] = useState(false);
  const [onlyFailed, setOnlyFailed] = useState(atFirst);
  const [release, setRelease] = useState<"newest" | "same">("newest");
  const [note, setNote] = useState("");
  const body = { tasks, downstream, upstream, onlyFailed, release };
  const dry = useQuery({
    queryKey: ["post", "/api/v1/runs/{run}/clear", run, body],
    queryFn: async ({ signal }) => (await client.POST("/api/v1/runs/{run}/clear", { params: { path: { run } }, body: { ...body, dryRun: true }, signal })).data as TaskSetView,
    placeholderData: keepPreviousData,
  });
  const clear = useAction(
    async () => (await client.POST("/api/v1/runs/{run}/clear", { params: { path: { run } }, body: { ...body, ...(note === "" ? {} : { note }) } })).data as TaskSetView,
    (set) => `${set.tasks.length.toLocaleString("en")} tasks run again.`,
  );
  const count = (dry.data?.tasks.length ?? 0) + (dry.data?.newTasks.length ?? 0);
  return (
    <Dialog
      open
      onClose={onClose}
      title="Run again"
      actions={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button look="primary" disabled={count === 0 || clear.isPending || dry.isPlaceholderData} onClick={() => clear.mutate(undefined, { onSuccess: onClose })}>
            {dry.data === undefined ? "Run again" : count === 0 ? "Nothing to run" : `Run ${count.toLocaleString("en")} again`}
          </Button>
        </>
      }
    >
      <Check label="Those that come after them too" checked={downstream} onChange={setDownstream} />
      <Check label="Those that come before them too" checked={upstream} onChange={setUpstream} />
      <Check label="Of all those only what failed or could not run" checked={onlyFailed} onChange={setOnlyFailed} />
      <Choice label="With the code of" options={releases} value={release} onChange={({ target }) => setRelease(target.value as typeof release)} />
      <TextField label="Note" hint="Optional" maxLength={500} value={note} onChange={({ target }) => setNote(target.value)} />
      <Loaded query={dry}>{(set) => <TaskSet set={set} />}</Loaded>
    </Dialog>
  );
}
