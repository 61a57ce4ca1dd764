import type { ButtonHTMLAttributes, ReactNode } from "react";
import styles from "./button.module.css";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** `primary`: the one thing that a page or dialog is there for. `danger`: what cannot be taken back. `plain`: beside others. */
  look?: "primary" | "plain" | "danger";
  /** An icon alone; `label` is then what it is called. */
  icon?: ReactNode;
  label?: string;
}

export function Button({ look, icon, label, children, className = "", ...rest }: ButtonProps) {
  const classes = [styles.button, look && styles[look], children === undefined && styles.icon, className].filter(Boolean).join(" ");
  return (
    <button type="button" className={classes} aria-label={label} title={label} {...rest}>
      {icon}
      {children}
    </button>
  );
}
