import { useStoreApi } from "@xyflow/react";
import { useLayoutEffect, useRef } from "react";
import { useTheme } from "../../design/theme.ts";
import { type Drawing, drawPicture, type Token } from "./draw-picture.ts";
import styles from "./graph.module.css";

/** The picture below the elements of the page, moved and made larger with them. */
export function DrawnLayer({ drawing, withBoxes }: { drawing: Drawing; withBoxes: boolean }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const store = useStoreApi();
  const theme = useTheme();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours are the theme's
  useLayoutEffect(() => {
    const at = canvas.current;
    const context = at?.getContext("2d");
    if (!at || !context) return;
    const token = tokens();
    let frame = 0;
    let drawn = "";
    const draw = (): void => {
      frame = 0;
      const { transform: [x, y, zoom], width, height } = store.getState();
      if (width === 0 || height === 0) return;
      const [across, down] = [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)];
      if (at.width !== across || at.height !== down) Object.assign(at, { width: across, height: down });
      drawPicture(context, drawing, { x, y, zoom, width, height }, token, withBoxes);
    };
    const soon = (): void => {
      const { transform, width, height } = store.getState();
      const now = [...transform, width, height].join(" ");
      if (now === drawn) return;
      drawn = now;
      frame ||= requestAnimationFrame(draw);
    };
    const stop = store.subscribe(soon);
    draw();
    return () => {
      stop();
      cancelAnimationFrame(frame);
    };
  }, [store, drawing, withBoxes, theme]);
  return <canvas ref={canvas} className={styles.drawn} aria-hidden />;
}

function tokens(): Token {
  const all = getComputedStyle(document.documentElement);
  const known = new Map<string, string>();
  return (name) => known.get(name) ?? (known.set(name, all.getPropertyValue(name)).get(name) as string);
}
