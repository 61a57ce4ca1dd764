import { Choice, TextArea, TextField } from "../../design/components/field.tsx";
import type { SchemaField } from "./schema-fields.ts";
import styles from "./trigger-dialog.module.css";

interface ParamFieldProps {
  field: SchemaField;
  value: string;
  error: string | undefined;
  onChange(text: string): void;
}

/** One parameter, by its type. */
export function ParamField({ field: { title, kind, required, hint, choices }, value, error, onChange }: ParamFieldProps) {
  const shared = {
    label: required ? `${title} *` : title,
    hint: error === undefined ? hint : <span className={`${styles.error} foreign`}>{error}</span>,
    value,
    "aria-invalid": error !== undefined,
    onChange: ({ target }: { target: { value: string } }) => onChange(target.value),
  };
  if (kind === "flag") return <Choice {...shared} options={[...(value === "" ? [{ value: "", title: "–" }] : []), { value: "true", title: "yes" }, { value: "false", title: "no" }]} />;
  if (kind === "choice") return <Choice {...shared} options={[{ value: "", title: "–" }, ...choices.map((choice) => ({ value: choice, title: titleOf(choice) }))]} />;
  if (kind === "json") return <TextArea {...shared} rows={3} />;
  return <TextField {...shared} type={kind === "date" ? "date" : "text"} inputMode={kind === "integer" ? "numeric" : kind === "number" ? "decimal" : undefined} />;
}

const titleOf = (json: string): string => {
  const value: unknown = JSON.parse(json);
  return typeof value === "string" ? value : json;
};
