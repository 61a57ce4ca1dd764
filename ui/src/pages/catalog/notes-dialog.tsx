import { type FormEvent, useState } from "react";
import { client } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { Dialog } from "../../design/components/dialog.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { TextArea, TextField } from "../../design/components/field.tsx";
import { useAction } from "../../design/use-action.ts";
import { visibleLine } from "../../design/visible-text.ts";
import styles from "./catalog.module.css";
import type { Entry, EntryColumn } from "./catalog-entry.ts";
import { changedTags, changedWords } from "./note-change.ts";

const wordsMax = 10_000;
const titleMax = 120;

interface NotesDialogProps {
  entry: Entry;
  /** Absent: what is said of the whole entry. */
  column?: EntryColumn;
  onClose(): void;
}

/** What a person says counts before what others say; an emptied field takes it back, one that is left alone says nothing. */
export function NotesDialog({ entry, column, onClose }: NotesDialogProps) {
  const { description, tags } = column ?? entry;
  // As it was when the dialog opened: what others have changed since is not taken back by what is sent.
  const [own] = useState({ words: description?.value.slice(0, wordsMax) ?? "", whose: entry.owner?.value ?? "", marks: tags.map(({ value }) => value), personal: column?.personal?.value.kind ?? "" });
  const [words, setWords] = useState(own.words);
  const [whose, setWhose] = useState(own.whose);
  const [marks, setMarks] = useState(own.marks.join(", "));
  const [personal, setPersonal] = useState(own.personal);
  const name = visibleLine((column?.name ?? entry.name).slice(0, titleMax));
  const save = useAction(
    async () => {
      const said = { description: changedWords(own.words, words), tags: changedTags(own.marks, marks) };
      const body = column ? { columns: { [column.name]: { ...said, personal: changedWords(own.personal, personal) } } } : { ...said, owner: changedWords(own.whose, whose) };
      return (await client.PUT("/api/v1/catalog/{kind}/{entry}/notes", { params: { path: { kind: entry.kind, entry: entry.name } }, body })).data;
    },
    () => `What is said of ${name} was changed.`,
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate(undefined, { onSuccess: onClose });
  };
  return (
    <Dialog open onClose={onClose} title={column ? `Column ${name}` : name}>
      <form className={styles.form} onSubmit={submit}>
        <TextArea label="Description" rows={4} maxLength={wordsMax} value={words} onChange={(event) => setWords(event.target.value)} />
        {!column && <TextField label="Owner" maxLength={wordsMax} value={whose} onChange={(event) => setWhose(event.target.value)} />}
        <TextField label="Tags" hint="With commas between them" value={marks} onChange={(event) => setMarks(event.target.value)} />
        {column && <TextField label="Personal data" hint="What kind it is, as email or name; “none” if a crawler is wrong" maxLength={64} value={personal} onChange={(event) => setPersonal(event.target.value)} />}
        {save.error !== null && <ErrorBox error={save.error} />}
        <Button type="submit" look="primary" disabled={save.isPending}>
          Save
        </Button>
      </form>
    </Dialog>
  );
}
