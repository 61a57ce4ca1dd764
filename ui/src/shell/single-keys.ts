import { useSyncExternalStore } from "react";

const key = "millrace.single-keys";
const listeners = new Set<() => void>();

/** Whether keys without Ctrl stand for something. Who speaks to the machine, or hits keys by chance, turns them off. */
export const singleKeys = (): boolean => localStorage.getItem(key) !== "off";

export function setSingleKeys(on: boolean): void {
  if (on) localStorage.removeItem(key);
  else localStorage.setItem(key, "off");
  for (const listener of listeners) listener();
}

export const useSingleKeys = (): boolean =>
  useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, singleKeys);
