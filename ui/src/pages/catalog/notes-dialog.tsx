import { type FormEvent, useState } from "react";
import { client } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { Dialog } from "../../design/components/dialog.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { TextArea, TextField } from "../../design/components/field.tsx";
import { useAction } from "../../design/use-action.ts";
import styles from "./catalog.module.css";
import type { Entry } from "./catalog-entry.ts";

/** What a person says counts before what others say; an empty field takes it back. */
export function NotesDialog({ entry: { kind, name, description, owner, tags }, onClose }: { entry: Entry; onClose(): void }) {
  const [words, setWords] = useState(description?.value ?? "");
  const [whose, setWhose] = useState(owner?.value ?? "");
  const [marks, setMarks] = useState(tags.map(({ value }) => value).join(", "));
  const save = useAction(
    async () => {
      const list = [...new Set(marks.split(",").map((tag) => tag.trim()).filter(Boolean))];
      return (await client.PUT("/api/v1/catalog/{kind}/{entry}/notes", { params: { path: { kind, entry: name } }, body: { description: words.trim() || null, owner: whose.trim() || null, tags: list.length > 0 ? list : null } })).data;
    },
    () => `What is said of ${name} was changed.`,
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate(undefined, { onSuccess: onClose });
  };
  return (
    <Dialog open onClose={onClose} title={`What is said of ${name}`}>
      <form className={styles.form} onSubmit={submit}>
        <TextArea label="Description" rows={4} maxLength={10_000} value={words} onChange={(event) => setWords(event.target.value)} />
        <TextField label="Owner" maxLength={10_000} value={whose} onChange={(event) => setWhose(event.target.value)} />
        <TextField label="Tags" hint="With commas between them" value={marks} onChange={(event) => setMarks(event.target.value)} />
        {save.error !== null && <ErrorBox error={save.error} />}
        <Button type="submit" look="primary" disabled={save.isPending}>
          Save
        </Button>
      </form>
    </Dialog>
  );
}
