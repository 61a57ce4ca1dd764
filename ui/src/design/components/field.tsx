import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes, useId } from "react";
import styles from "./field.module.css";

interface Labelled {
  label: string;
  hint?: ReactNode;
  /** The label is for screen readers alone, where the place makes it plain. */
  bare?: boolean;
}

function Framed({ id, label, hint, bare, children }: Labelled & { id: string; children: ReactNode }) {
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={bare ? "visually-hidden" : styles.label}>
        {label}
      </label>
      {children}
      {hint !== undefined && <span className={styles.hint}>{hint}</span>}
    </div>
  );
}

export function TextField({ label, hint, bare, ...rest }: Labelled & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <Framed id={id} label={label} hint={hint} bare={bare}>
      <input id={id} className={styles.control} autoComplete="off" spellCheck={false} {...rest} />
    </Framed>
  );
}

export function TextArea({ label, hint, bare, ...rest }: Labelled & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId();
  return (
    <Framed id={id} label={label} hint={hint} bare={bare}>
      <textarea id={id} className={styles.control} spellCheck={false} {...rest} />
    </Framed>
  );
}

export function Choice({ label, hint, bare, options, ...rest }: Labelled & { options: { value: string; title: string }[] } & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId();
  return (
    <Framed id={id} label={label} hint={hint} bare={bare}>
      <select id={id} className={styles.control} {...rest}>
        {options.map(({ value, title }) => (
          <option key={value} value={value}>
            {title}
          </option>
        ))}
      </select>
    </Framed>
  );
}
