/* What `millrace/quality` gives: stages that judge. It loads nothing heavy, because stages import it. */
export { detect, type DetectOptions, holtWinters, rollingMad, type StreamMethod } from "./stages/detect.ts";
export type { RollingMadOptions, SeriesVerdict } from "../statistics/series/rolling-mad.ts";
export type { HoltWintersOptions } from "../statistics/series/seasonal-detector.ts";
