import { useCallback, useState } from "react";
import type { Room } from "./box.ts";

/** How much room an element has when it comes into the page; undefined until then. What is opened beside it later does not turn a picture around. */
export function useRoom(): [(element: HTMLElement | null) => void, Room | undefined] {
  const [room, setRoom] = useState<Room>();
  const measure = useCallback((element: HTMLElement | null): void => setRoom(element ? { width: element.clientWidth, height: element.clientHeight } : undefined), []);
  return [measure, room];
}
