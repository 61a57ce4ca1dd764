/** A window that nobody has seen for so long gives back what it holds of the server: browsers have some six lines to one, for all windows together. */
const unseenMsMax = 10_000;

/** Calls each time that the window has not been seen for a while. */
export function whenUnseen(giveBack: () => void, signal: AbortSignal): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = (): void => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(giveBack, unseenMsMax);
  };
  document.addEventListener("visibilitychange", look, { signal });
}

/** Comes when the window is seen, or is not wanted any more. */
export function seen(signal: AbortSignal): Promise<void> {
  if (!document.hidden || signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = (): void => void (document.hidden || resolve());
  document.addEventListener("visibilitychange", look);
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise.finally(() => document.removeEventListener("visibilitychange", look));
}
