import { useLayoutEffect } from "react";
import { singleKeys } from "./single-keys.ts";

/** A key of its own, or two one after the other (`g o`); `mod+k` is Ctrl or ⌘. */
export type Keys = Record<string, (event: KeyboardEvent) => void>;

const pairMs = 1_000;

/** Calls what a key stands for, wherever the focus is; not while somebody writes, nor letters and signs where single keys are turned off, save with `mod`. */
export function useKeys(keys: Keys): void {
  useLayoutEffect(() => {
    let first: { key: string; at: number } | undefined;
    const onKey = (event: KeyboardEvent): void => {
      const mod = event.ctrlKey || event.metaKey;
      if (event.altKey || event.defaultPrevented || (!mod && ((event.key.length === 1 && !singleKeys()) || writes(event.target)))) return;
      const key = mod ? `mod+${event.key.toLowerCase()}` : event.key;
      const pair = first && event.timeStamp - first.at < pairMs ? `${first.key} ${key}` : undefined;
      first = { key, at: event.timeStamp };
      const act = (pair === undefined ? undefined : keys[pair]) ?? keys[key];
      if (!act) return;
      first = undefined;
      event.preventDefault();
      act(event);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [keys]);
}

const writes = (target: EventTarget | null): boolean => target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName) || target.shadowRoot !== null || target.closest("[role=dialog]") !== null);
