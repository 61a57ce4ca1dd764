import { useState } from "react";
import { client } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { ForeignText } from "../../design/components/foreign-text.tsx";
import { TextField } from "../../design/components/field.tsx";
import { useAction } from "../../design/use-action.ts";
import styles from "./approval-answer.module.css";

const nameKey = "millrace.name";

/** A person's answer to a task that asks for one. The name is kept in this browser. */
export function ApprovalAnswer({ run, task, index, prompt }: { run: string; task: string; index: number; prompt: string | null }) {
  const [by, setBy] = useState(localStorage.getItem(nameKey) ?? "");
  const [note, setNote] = useState("");
  const answer = useAction(
    (approved: boolean) => client.POST("/api/v1/runs/{run}/answer", { params: { path: { run } }, body: { task, index, approved, by, ...(note === "" ? {} : { note }) } }),
    (_, approved) => (approved ? `${task} is approved.` : `${task} is rejected.`),
  );
  const send = (approved: boolean): void => {
    localStorage.setItem(nameKey, by);
    answer.mutate(approved);
  };
  return (
    <section aria-label="Answer" className={styles.answer}>
      <h3>It waits for a person's answer</h3>
      {prompt !== null && (
        <p>
          <ForeignText text={prompt} />
        </p>
      )}
      <TextField label="Your name" required maxLength={200} value={by} onChange={({ target }) => setBy(target.value)} />
      <TextField label="Note" hint="Optional" maxLength={500} value={note} onChange={({ target }) => setNote(target.value)} />
      <div className={styles.actions}>
        <Button look="primary" disabled={by === "" || answer.isPending} onClick={() => send(true)}>
          Approve
        </Button>
        <Button look="danger" disabled={by === "" || answer.isPending} onClick={() => send(false)}>
          Reject
        </Button>
      </div>
    </section>
  );
}
