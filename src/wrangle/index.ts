/* What `millrace/wrangle` gives: steps that clean rows. It loads nothing heavy, because stages import it. */
export { entities, type EntitiesOptions, type EntityTables, type WhyRow } from "./entities/entities.ts";
export type { KeyPart } from "./entities/key-parts.ts";
export type { Level } from "./entities/levels.ts";
export { dedupe, link, type Linking, type LinkRules, type PairRow } from "./entities/linking.ts";
export type { EntityMatcher, Match, MatcherOptions } from "./entities/matcher.ts";
export { type LinkQuality, linkQuality, type LinkQualityOptions } from "./entities/quality.ts";
export type { BlockingRule, Comparison, EntityRules } from "./entities/rules.ts";
export type { BlockRow, RunStatement, Training, TrainingSession, TrainOptions } from "./entities/train.ts";
export type { EntityModel, LevelShares } from "./entities/trained-model.ts";
export { type Reference, type ReferenceRow, references, type Resolved, resolveConflicts, type ResolveConflictsOptions } from "./integrate/integrate.ts";
export { type ColumnEvidence, type ColumnMatching, type ColumnProposal, matchColumns, type MatchColumnsOptions } from "./integrate/match-columns.ts";
export type { ConflictPolicy } from "./integrate/resolve-conflicts.ts";
export { required } from "./steps/clean/required.ts";
export { trim, type TrimOptions } from "./steps/clean/trim.ts";
export { fill, type FillOptions } from "./steps/shape/fill.ts";
export { pivotLonger, type PivotLongerOptions } from "./steps/shape/pivot-longer.ts";
export type { Step } from "./steps/step.ts";
export { type QuarantineRow, type ReportRow, wrangle, type WrangledRows, type Wrangling } from "./wrangle.ts";
