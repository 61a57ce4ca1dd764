import type { Accumulator } from "./accumulator.ts";
import type { GroupPart, GroupTable } from "./group-table.ts";
import type { Reducers } from "./reducers.ts";
import type { SlotChanges, Slots } from "./slots.ts";
import { StateReader, StateWriter } from "./state-codec.ts";
import { MillraceError } from "../../errors.ts";

/*
 * A state entry, by the forms of state-codec.ts:
 *
 *   version | make | watermark | arrivals
 *   closed slots | changed slots | which of these are opened
 *   the groups of the opened slots, each once, by field | the group of each opened slot
 *   start, latest and rows of the changed slots | their figures, one accumulator after the other | their reduced states
 *
 * A snapshot is an entry in which all slots are opened. Slots keep their numbers across restarts; groups do not.
 */

const version = 1;

/** What an entry says beside the slots. */
export interface StateHead {
  watermark: number;
  /** Records that have arrived so far. */
  arrivals: number;
}

/** All that the slots' state is made of. */
export interface StateParts {
  slots: Slots;
  groups: GroupTable;
  accumulators: readonly Accumulator[];
  reducers: Reducers;
  /** What the state is made of, as a number: state of another make cannot be read. */
  make: number;
  /** Named in errors. */
  where: string;
}

export function writeEntry(parts: StateParts, { watermark, arrivals }: StateHead, { closed, opened, changed }: SlotChanges): Uint8Array {
  const { slots, groups, accumulators, reducers } = parts;
  const out = new StateWriter();
  out.count(version);
  out.count(parts.make);
  out.number(watermark);
  out.number(arrivals);
  for (const list of [closed, changed, opened]) {
    out.count(list.length);
    out.numbers(list);
  }
  writeGroups(out, groups, slots, opened);
  for (const values of [slots.start, slots.latest, slots.rows]) out.numbersAt(values, changed);
  for (const accumulator of accumulators) accumulator.write(changed, out);
  reducers.write(changed, out);
  return out.finish();
}

function writeGroups(out: StateWriter, groups: GroupTable, slots: Slots, opened: Int32Array): void {
  const local = new Map<number, number>();
  const references = opened.map((slot) => {
    const group = slots.group[slot];
    let reference = local.get(group);
    if (reference === undefined) local.set(group, (reference = local.size));
    return reference;
  });
  const ids = [...local.keys()];
  out.count(ids.length);
  for (const parts of groups.parts) out.json(ids.map((id) => partJson(parts[id])));
  out.numbers(references);
}

/** JSON has no way to say that a number is not finite. Text stays text, in a list of its own. */
const partJson = (part: GroupPart): unknown => (typeof part === "number" && !Number.isFinite(part) ? [String(part)] : part);
const partOf = (json: unknown): GroupPart => (Array.isArray(json) ? Number(json[0]) : (json as GroupPart));

/**
 * Takes an entry into the slots. Windows must find their way among the slots again afterwards.
 *
 * @param open - opens a slot under a number that the state gives it
 * @param close - closes a slot
 * @throws MillraceError `MR-ENGINE-009` when the state is damaged or of another make
 */
export function readEntry(parts: StateParts, bytes: Uint8Array, open: (slot: number, group: number) => void, close: (slot: number) => void): StateHead {
  const state = new StateReader(bytes, parts.where);
  checkMake(parts, state);
  const head = { watermark: state.number(), arrivals: state.number() };
  const [closed, changed, opened] = [readSlots(state), readSlots(state), readSlots(state)];
  for (const slot of closed) close(knownSlot(parts, state, slot));
  openSlots(parts, state, opened, open);
  for (const slot of changed) knownSlot(parts, state, slot);
  const { slots, accumulators, reducers } = parts;
  for (const values of [slots.start, slots.latest, slots.rows]) scatter(state.numbers(changed.length), changed, values);
  for (const accumulator of accumulators) accumulator.read(changed, state);
  reducers.read(changed, state);
  state.end();
  slots.settle();
  return head;
}

function checkMake({ make, where }: StateParts, state: StateReader): void {
  const theirs = state.count();
  if (theirs === version && state.count() === make) return;
  throw new MillraceError("MR-ENGINE-009", {
    what: theirs === version ? "the stage's saved state was made by other aggregates, group fields or windows" : `the stage's saved state has the form ${theirs}; this version of Millrace reads ${version}`,
    where,
    mend: theirs === version ? "give the changed stage a new name, so that it starts anew, or go back to the release that made the state" : "start the version of Millrace that wrote it",
  });
}

function readSlots(state: StateReader): Int32Array {
  return Int32Array.from(state.numbers(state.count()));
}

function knownSlot({ slots }: StateParts, state: StateReader, slot: number): number {
  if (slot < 0 || slot >= slots.size || !slots.isOpen(slot)) throw state.damaged(`it changes slot ${slot}, which is not open`);
  return slot;
}

function openSlots({ slots, groups }: StateParts, state: StateReader, opened: Int32Array, open: (slot: number, group: number) => void): void {
  const count = state.count();
  const fields = groups.parts.map(() => state.json() as unknown[]);
  if (fields.some((values) => !Array.isArray(values) || values.length !== count)) throw state.damaged("its groups are incomplete");
  const ids = Int32Array.from({ length: count }, (_, i) => groups.idOf(fields.map((values) => partOf(values[i]))));
  const references = state.numbers(opened.length);
  opened.forEach((slot, i) => {
    const taken = slot >= 0 && slot < slots.size && slots.isOpen(slot);
    if (slot < 0 || taken || !(references[i] < count)) throw state.damaged(`it opens slot ${slot} for a second time or for no group`);
    open(slot, ids[references[i]]);
  });
}

function scatter(values: Float64Array, slots: Int32Array, into: Float64Array): void {
  for (let i = 0; i < slots.length; i++) into[slots[i]] = values[i];
}
