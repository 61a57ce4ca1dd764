import type { ColumnName, DirectInput, DirectKind, IndirectInput, IndirectKind } from "./lineage.ts";

/** What flows into a value: inputs whose values it is made of, and inputs that decide about it. Immutable. */
export interface Flow {
  direct: ReadonlyMap<string, DirectInput>;
  indirect: ReadonlyMap<string, IndirectInput>;
}

export const noFlow: Flow = { direct: new Map(), indirect: new Map() };

const strength: Record<DirectKind, number> = { identity: 0, transformation: 1, aggregation: 2 };

/** A column of a dataset, as it is. */
export function inputFlow({ dataset, column }: ColumnName): Flow {
  return { ...noFlow, direct: new Map([[keyOf({ dataset, column }), { dataset, column, kind: "identity" }]]) };
}

/** All of them together: where an input comes by several ways, the strongest counts, and it is masked when it is on all. */
export function merged(flows: Iterable<Flow>): Flow {
  const direct = new Map<string, DirectInput>();
  const indirect = new Map<string, IndirectInput>();
  for (const flow of flows) {
    for (const [key, input] of flow.direct) {
      const other = direct.get(key);
      direct.set(key, other ? directInput(input, stronger(other.kind, input.kind), other.masked && input.masked) : input);
    }
    for (const [key, input] of flow.indirect) indirect.set(key, input);
  }
  return { direct, indirect };
}

/** The flow after something was made of its values. */
export function through(flow: Flow, kind: DirectKind, masked = false): Flow {
  return { ...flow, direct: new Map([...flow.direct].map(([key, input]) => [key, directInput(input, stronger(input.kind, kind), input.masked || masked)])) };
}

/** The same inputs, where they only decide about something. */
export function deciding(flow: Flow, kind: IndirectKind): Flow {
  const inputs = [...flow.direct.values()].map(({ dataset, column }): IndirectInput => ({ dataset, column, kind }));
  return { direct: noFlow.direct, indirect: new Map([...flow.indirect, ...inputs.map((input): [string, IndirectInput] => [`${kind} ${keyOf(input)}`, input])]) };
}

/** What decides about the values, without the values. */
export function withoutValues({ indirect }: Flow): Flow {
  return { direct: noFlow.direct, indirect };
}

/** Whether the two say the same. */
export function isSame(a: Flow, b: Flow): boolean {
  return textOf(a) === textOf(b);
}

function textOf({ direct, indirect }: Flow): string {
  const inputs = [...direct].map(([key, { kind, masked }]) => `${key} ${kind} ${masked ?? ""}`);
  return JSON.stringify([inputs.sort(), [...indirect.keys()].sort()]);
}

function directInput({ dataset, column }: ColumnName, kind: DirectKind, masked: boolean | undefined): DirectInput {
  return { dataset, column, kind, ...(masked && { masked: true }) };
}

const stronger = (a: DirectKind, b: DirectKind): DirectKind => (strength[a] >= strength[b] ? a : b);
const keyOf = ({ dataset, column }: ColumnName): string => JSON.stringify([dataset, column]);
