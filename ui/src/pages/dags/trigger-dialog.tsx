import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useMemo, useState } from "react";
import { ApiError } from "../../api/api-error.ts";
import { client } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { Dialog, DialogActions } from "../../design/components/dialog.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { TextField } from "../../design/components/field.tsx";
import { tell } from "../../design/notices.ts";
import { queryClient } from "../../api/query-client.ts";
import styles from "./trigger-dialog.module.css";
import { ParamField } from "./param-field.tsx";
import { errorsByField, paramsOf, schemaFields } from "./schema-fields.ts";

interface TriggerDialogProps {
  dag: string;
  /** Of the parameters. */
  schema: unknown;
  open: boolean;
  onClose(): void;
}

/** A run now: with its parameters by a form that the DAG's own schema makes, and for an interval where one is named. */
export function TriggerDialog({ dag, schema, open, onClose }: TriggerDialogProps) {
  return (
    <Dialog open={open} onClose={onClose} title={`Run ${dag} now`}>
      <TriggerForm dag={dag} schema={schema} onClose={onClose} />
    </Dialog>
  );
}

function TriggerForm({ dag, schema, onClose }: Omit<TriggerDialogProps, "open">) {
  const navigate = useNavigate();
  const fields = useMemo(() => schemaFields(schema as { [key: string]: unknown } | undefined), [schema]);
  const [written, setWritten] = useState<{ [name: string]: string }>({});
  const [span, setSpan] = useState({ start: "", end: "" });
  const [note, setNote] = useState("");
  const [refused, setRefused] = useState<unknown>();
  const [errors, setErrors] = useState<{ [name: string]: string }>({});
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const { params, errors } = paramsOf(fields, written);
    setErrors(errors);
    setRefused(undefined);
    if (Object.keys(errors).length > 0) return;
    setBusy(true);
    try {
      const body = { params, ...(span.start || span.end ? { interval: span } : {}), ...(note ? { note } : {}) };
      const { data } = await client.POST("/api/v1/dags/{dag}/runs", { params: { path: { dag } }, body });
      tell(`A run of ${dag} was made.`);
      await queryClient.invalidateQueries();
      onClose();
      if (data) await navigate({ to: "/runs/$run", params: { run: data.id } });
    } catch (error) {
      setRefused(error);
      setErrors(error instanceof ApiError ? errorsByField(fields, error.message) : {});
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
      {fields.map((field) => (
        <ParamField key={field.name} field={field} value={written[field.name] ?? field.initial} error={errors[field.name]} onChange={(text) => setWritten((now) => ({ ...now, [field.name]: text }))} />
      ))}
      <div className={styles.span}>
        <TextField label="Interval from" placeholder="2001-01-31" value={span.start} onChange={({ target }) => setSpan({ ...span, start: target.value })} />
        <TextField label="to, excluded" placeholder="2001-02-01" value={span.end} onChange={({ target }) => setSpan({ ...span, end: target.value })} />
      </div>
      <p className={styles.hint}>Empty: the last whole interval of the schedule. A date, or a time such as 2001-01-31T06:00, is read in the DAG's zone.</p>
      <TextField label="Note" hint="Optional: why this run is made" maxLength={500} value={note} onChange={({ target }) => setNote(target.value)} />
      {refused !== undefined && <ErrorBox error={refused} />}
      <DialogActions>
        <Button onClick={onClose}>Not now</Button>
        <Button type="submit" look="primary" disabled={busy}>
          Run
        </Button>
      </DialogActions>
    </form>
  );
}
