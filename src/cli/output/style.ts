import { styleText } from "node:util";

/** Colours and weights, or none of them where nobody would see them. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
  accent(text: string): string;
}

const as = (format: Parameters<typeof styleText>[0]) => (text: string): string => styleText(format, text, { validateStream: false });

const coloured: Style = { bold: as("bold"), dim: as("dim"), good: as("green"), warn: as("yellow"), bad: as("red"), accent: as("cyan") };
const same = (text: string): string => text;
const uncoloured: Style = { bold: same, dim: same, good: same, warn: same, bad: same, accent: same };

export const styleFor = (colour: boolean): Style => (colour ? coloured : uncoloured);

/** Colours are for terminals that have them, and for readers who have not said no (https://no-color.org). */
export function wantsColour(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv, refused: boolean): boolean {
  if (refused || (env.NO_COLOR ?? "") !== "" || env.TERM === "dumb") return false;
  return stream.isTTY === true;
}
