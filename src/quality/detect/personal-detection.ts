import type { PersonalMarks } from "../states/personal-values.ts";
import { recognised, saidOf } from "../states/personal-values.ts";
import type { Detected, Detection, DetectSpec, FoundOutlier } from "./detect.ts";

type Texts = Record<string, string | null>;

/**
 * What was detected without a value of a personal column: the kind stands in place of a text, null in place of a number, and of what
 * a method went by (centres, scales, windows) nothing is left where it looked at such a column. Score, threshold and the place of the
 * row stay. Columns are personal where somebody says so, and texts else where they look so.
 */
export function withoutPersonalDetections(detected: Detected, spec: Pick<DetectSpec, "columns" | "by" | "label">, marks: PersonalMarks): Detected {
  const kinds = personalKinds(detected, spec, marks);
  if (kinds.size === 0) return detected;
  const shown = (texts: Texts): Texts => Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, text !== null && kinds.has(name) ? `(${kinds.get(name)})` : text]));
  const detections = detected.detections.map((detection): Detection => {
    const looksAtPersonal = (detection.column === undefined ? spec.columns : [detection.column]).some((name) => kinds.has(name));
    const found = detection.found.map((outlier): FoundOutlier => ({
      ...outlier,
      values: Object.fromEntries(Object.entries(outlier.values).map(([name, value]) => [name, kinds.has(name) ? null : value])),
      label: shown(outlier.label),
      ...(outlier.neighbours && { neighbours: outlier.neighbours.map(shown) }),
      ...(looksAtPersonal && { judgedBy: {} }),
    }));
    return { ...detection, group: shown(detection.group), found, ...(looksAtPersonal && { by: {} }) };
  });
  return { ...detected, detections, notJudged: detected.notJudged.map((part) => ({ ...part, group: shown(part.group) })) };
}

function personalKinds({ detections, notJudged }: Detected, { columns, by, label }: Pick<DetectSpec, "columns" | "by" | "label">, marks: PersonalMarks): Map<string, string> {
  const texts: Texts[] = [...detections, ...notJudged].map(({ group }) => group).concat(detections.flatMap(({ found }) => found.flatMap(({ label: own, neighbours = [] }) => [own, ...neighbours])));
  const kinds = new Map<string, string>();
  for (const name of new Set([...columns, ...by, ...label])) {
    const kind = saidOf(marks, [name]) ?? recognised(name, [...new Set(texts.map((each) => each[name]).filter((text) => typeof text === "string"))]);
    if (kind !== undefined && kind !== "none") kinds.set(name, kind);
  }
  return kinds;
}
