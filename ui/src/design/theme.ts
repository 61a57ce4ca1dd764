import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark";

const key = "millrace.theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

const current = (): Theme => {
  const chosen = localStorage.getItem(key);
  return chosen === "light" || chosen === "dark" ? chosen : system.matches ? "dark" : "light";
};

function show(): void {
  document.documentElement.dataset.theme = current();
  for (const listener of listeners) listener();
}

/** Follows the system until a person has chosen. */
export function startTheme(): void {
  system.addEventListener("change", show);
  show();
}

export function toggleTheme(): void {
  localStorage.setItem(key, current() === "dark" ? "light" : "dark");
  show();
}

export const useTheme = (): Theme =>
  useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, current);
