import type { TextSample } from "./text-sample.ts";
import type { ShapeProfile } from "./profile.ts";

const shapesMax = 8;
const charactersMax = 32;

/** `AA-999` for `LH-454`. Long texts are cut. */
export function shapeOf(text: string): string {
  const shape = text.slice(0, charactersMax).replaceAll(/\p{Lu}/gu, "A").replaceAll(/\p{L}/gu, (letter) => (letter === "A" ? "A" : "a")).replaceAll(/\p{Nd}/gu, "9");
  return text.length > charactersMax ? `${shape}…` : shape;
}

/** The most common shapes first. Null where hardly any two texts have one shape. */
export function shapesOf({ texts, of }: TextSample): ShapeProfile | null {
  const counts = new Map<string, number>();
  let all = 0;
  for (const [text, count] of texts) {
    const shape = shapeOf(text);
    counts.set(shape, (counts.get(shape) ?? 0) + count);
    all += count;
  }
  const values = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, shapesMax).map(([shape, count]) => ({ shape, share: count / all }));
  return values.length === 0 || values[0].share < 0.05 ? null : { values, of };
}
