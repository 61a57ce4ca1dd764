import { useState } from "react";
import { api, client } from "../../api/client.ts";
import { asApiError } from "../../api/api-error.ts";
import { Button } from "../../design/components/button.tsx";
import { Dialog } from "../../design/components/dialog.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { TextField } from "../../design/components/field.tsx";
import { useAction } from "../../design/use-action.ts";

interface SaveDialogProps {
  text: string;
  /** The query that was opened, and its version then: a change of another one is refused. */
  saved: string | undefined;
  version: number | undefined;
  onClose(): void;
  onSaved(id: string, version: number): void;
}

/** Keeps what is in the editor under a name: as a new query, or in place of the one that was opened. */
export function SaveDialog({ text, saved, version, onClose, onSaved }: SaveDialogProps) {
  const opened = api.useQuery("get", "/api/v1/saved-queries/{saved}", { params: { path: { saved: saved ?? "" } } }, { enabled: saved !== undefined });
  const isGone = opened.error !== null && asApiError(opened.error).status === 404;
  const known = isGone ? undefined : opened.data;
  const [typed, setTyped] = useState<string>();
  const name = typed ?? known?.name ?? "";
  const save = useAction(
    async (replaced: number | undefined) => {
      const body = { name: name.trim(), sql: text, by: "web" };
      const { data } = replaced === undefined || saved === undefined ? await client.POST("/api/v1/saved-queries", { body }) : await client.PUT("/api/v1/saved-queries/{saved}", { params: { path: { saved } }, body: { ...body, version: replaced } });
      const kept = data as { id: string; version: number };
      onSaved(kept.id, kept.version);
      onClose();
    },
    () => `Saved as "${name.trim()}". The address of this page leads to it.`,
  );
  const seen = known && (version ?? known.version);
  // One dialog saves once: while it closes, its form still hears keys.
  const canSave = name.trim() !== "" && !save.isPending && !save.isSuccess;
  const isUnknown = saved !== undefined && known === undefined && !isGone;
  return (
    <Dialog
      open
      onClose={onClose}
      title="Save this query"
      actions={
        <>
          {known !== undefined && (
            <Button disabled={!canSave} onClick={() => save.mutate(undefined)}>
              Save as a new one
            </Button>
          )}
          <Button look="primary" disabled={!canSave || isUnknown} onClick={() => save.mutate(seen)}>
            {known === undefined ? "Save" : "Save the change"}
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (canSave && !isUnknown) save.mutate(seen);
        }}
      >
        {isGone && <p>The query that was opened was removed. This saves the text as a new one.</p>}
        {isUnknown && opened.error !== null && <ErrorBox error={opened.error} />}
        <TextField label="Name" value={name} maxLength={200} onChange={(event) => setTyped(event.target.value)} hint="Everybody who works on the project finds it by this." />
      </form>
    </Dialog>
  );
}
