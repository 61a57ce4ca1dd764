/* What `millrace/quality` gives: stages that judge. It loads nothing heavy, because stages import it. */
export { detect, type DetectOptions, holtWinters, rollingMad, type StreamMethod } from "./stages/detect.ts";
export type { RollingMadOptions, SeriesVerdict } from "../statistics/series/rolling-mad.ts";
export type { HoltWintersOptions } from "../statistics/series/seasonal-detector.ts";
export { validate, type ValidateOptions, type ValidateTo } from "./stages/validate.ts";
export { type Verdict, verdictSchema } from "./records/verdict.ts";
export { profile, type ProfileOptions } from "./stages/profile.ts";
export { type ProfiledField, profileOf, type ProfileRecord, profileSchema } from "./records/profile-record.ts";
export type { TableProfile } from "./profile/profile.ts";
export { alike } from "./checks/alike.ts";
