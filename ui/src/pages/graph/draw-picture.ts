import type { Tone } from "../../design/tone.ts";
import type { Part } from "./scope.ts";

export interface DrawnBox {
  x: number;
  y: number;
  width: number;
  height: number;
  kind: Part["kind"];
  name: string;
  tone: Tone | undefined;
  /** Below the name: its state, lag, rows. */
  line: string;
  isFaint: boolean;
  isFocus: boolean;
}

export interface DrawnEdge {
  /** The middle of the right side of one box, and of the left side of another. */
  from: [x: number, y: number];
  to: [x: number, y: number];
  look: "quiet" | "order" | "flowing";
  /** What goes along it; empty: nothing. */
  label: string;
}

export interface Drawing {
  boxes: readonly DrawnBox[];
  edges: readonly DrawnEdge[];
}

/** What of it is seen: where its corner stands, in pixels, and how many pixels one unit has. */
export interface View {
  x: number;
  y: number;
  zoom: number;
  width: number;
  height: number;
}

/** The value of a token of the design, such as `--line`. */
export type Token = (name: string) => string;

/** From here on a name can be read. */
const namesFrom = 0.4;
/** Below it a bar at the side is no pixel wide: the whole box has the colour of its state. */
const barsFrom = 0.3;
const boxPixelsMin = 2;
const labelledMax = 40;

/** A picture of many boxes at once, in milliseconds, where elements of the page for each would take seconds. What is out of sight is left out. */
export function drawPicture(context: CanvasRenderingContext2D, { boxes, edges }: Drawing, view: View, token: Token, withBoxes: boolean): void {
  const pixels = devicePixelRatio;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  context.setTransform(view.zoom * pixels, 0, 0, view.zoom * pixels, view.x * pixels, view.y * pixels);
  drawEdges(context, edges, view, token);
  if (withBoxes) drawBoxes(context, boxes, view, token);
  context.setTransform(pixels, 0, 0, pixels, 0, 0);
  if (withBoxes && view.zoom < namesFrom) drawLabels(context, boxes, view, token);
}

function isSeen(view: View, left: number, top: number, right: number, bottom: number): boolean {
  return right * view.zoom + view.x > 0 && left * view.zoom + view.x < view.width && bottom * view.zoom + view.y > 0 && top * view.zoom + view.y < view.height;
}

function drawEdges(context: CanvasRenderingContext2D, edges: readonly DrawnEdge[], view: View, token: Token): void {
  const seen = edges.filter(({ from, to }) => isSeen(view, Math.min(from[0], to[0]) - 40, Math.min(from[1], to[1]) - 10, Math.max(from[0], to[0]) + 40, Math.max(from[1], to[1]) + 10));
  // Never thinner than most of a pixel, or a far picture has none.
  const thin = Math.max(1, 0.7 / view.zoom);
  const looks = { quiet: { color: token("--line-strong"), width: thin, dash: [] }, order: { color: token("--line-strong"), width: thin, dash: [3 / view.zoom, 4 / view.zoom] }, flowing: { color: token("--ink"), width: thin * 1.6, dash: [] } };
  for (const look of ["quiet", "order", "flowing"] as const) {
    const { color, width, dash } = looks[look];
    context.beginPath();
    for (const edge of seen) if (edge.look === look) trace(context, edge, view.zoom >= barsFrom);
    context.strokeStyle = color;
    context.lineWidth = width;
    context.setLineDash(dash);
    context.stroke();
  }
  context.setLineDash([]);
  if (view.zoom < namesFrom) return;
  context.font = `11px ${token("--sans")}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const { from, to, label } of seen) if (label !== "") plate(context, label, (from[0] + to[0]) / 2, (from[1] + to[1]) / 2, 16, token("--surface"), token("--ink"));
}

function trace(context: CanvasRenderingContext2D, { from: [x, y], to: [right, down] }: DrawnEdge, withHead: boolean): void {
  const bend = Math.max(24, Math.abs(right - x) / 2);
  context.moveTo(x, y);
  context.bezierCurveTo(x + bend, y, right - bend, down, right, down);
  if (!withHead) return;
  context.moveTo(right - 7, down - 4);
  context.lineTo(right, down);
  context.lineTo(right - 7, down + 4);
}

function drawBoxes(context: CanvasRenderingContext2D, boxes: readonly DrawnBox[], view: View, token: Token): void {
  const [raised, sunken, line, ink, quiet, sans] = ["--raised", "--sunken", "--line-strong", "--ink", "--ink-2", "--sans"].map(token);
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (const box of boxes) {
    const { x, y, width, tone, isFaint, isFocus } = box;
    if (!isSeen(view, x, y, x + width, y + box.height)) continue;
    const height = Math.max(box.height, boxPixelsMin / view.zoom);
    context.globalAlpha = isFaint ? 0.35 : 1;
    context.beginPath();
    context.roundRect(x, y, width, height, radius(box.kind));
    context.fillStyle = view.zoom < barsFrom ? (tone === undefined ? sunken : token(`--${tone}-fill`)) : tone === "bad" ? token("--bad-soft") : raised;
    context.fill();
    context.strokeStyle = isFocus ? ink : line;
    context.lineWidth = isFocus ? Math.max(2, 2 / view.zoom) : Math.max(1, 0.8 / view.zoom);
    context.stroke();
    if (view.zoom < barsFrom) continue;
    if (tone !== undefined) {
      context.fillStyle = token(`--${tone}-fill`);
      context.fillRect(x, y + 6, 4, height - 12);
    }
    if (view.zoom < namesFrom) continue;
    context.fillStyle = ink;
    context.font = `560 13px ${sans}`;
    context.fillText(shortened(box.name, 20), x + 14, y + 16);
    context.fillStyle = quiet;
    context.font = `12px ${sans}`;
    context.fillText(shortened(box.line, 24), x + 14, y + 32);
  }
  context.globalAlpha = 1;
}

const radius = (kind: Part["kind"]): number => (kind === "topic" || kind === "topics" ? 23 : kind === "table" || kind === "view" || kind === "database" || kind === "external" ? 2 : 6);

const shortened = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** Names of what is open, and of what is searched for and is not half of all: they can be read from afar. */
function drawLabels(context: CanvasRenderingContext2D, boxes: readonly DrawnBox[], view: View, token: Token): void {
  const isSearched = boxes.some(({ isFaint }) => isFaint);
  const labelled = boxes.filter(({ isFaint, isFocus }) => isFocus || (isSearched && !isFaint));
  if (labelled.length > labelledMax) return;
  context.font = `560 12px ${token("--sans")}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const { x, y, width, name } of labelled) plate(context, shortened(name, 40), (x + width / 2) * view.zoom + view.x, y * view.zoom + view.y - 11, 20, token("--ink"), token("--paper"));
}

function plate(context: CanvasRenderingContext2D, text: string, x: number, y: number, height: number, back: string, front: string): void {
  const { width } = context.measureText(text);
  context.beginPath();
  context.roundRect(x - width / 2 - 5, y - height / 2, width + 10, height, 4);
  context.fillStyle = back;
  context.fill();
  context.fillStyle = front;
  context.fillText(text, x, y);
}
