import type { Layout } from "../../design/graph/layout.ts";
import { sidesOf } from "../../design/graph/sides-of.ts";
import type { PartNode } from "./graph-node.tsx";
import { factsOf, type Live } from "./node-facts.ts";
import type { Picture } from "./scope.ts";

/** Of more nodes than that, edges are drawn on one canvas, and from afar nodes are too: elements of the page for each take seconds. */
export const elementsMax = 120;

export const size = { width: 164, height: 46 };

export interface Shown {
  live: Live;
  /** The node that keys go from. */
  at: string | undefined;
  focus: string | undefined;
  found: ReadonlySet<string> | undefined;
  onOpen(id: string): void;
}

/**
 * The nodes of a picture.
 * @param before - those shown until now: one of which nothing has changed stays the same object, so that it is not drawn anew
 */
export function partNodes({ parts }: Picture, { direction, places }: Layout, { live, at, focus, found, onOpen }: Shown, before: readonly PartNode[]): PartNode[] {
  const isLarge = parts.length > elementsMax;
  const earlier = new Map(before.map((node) => [node.id, node]));
  return parts.flatMap((part): PartNode[] => {
    const place = places.get(part.id);
    if (place === undefined) return [];
    const node: PartNode = { id: part.id, type: "part", position: { x: place.x, y: place.y }, ...size, ...sidesOf(direction), ...(isLarge && { handles: [] }), data: { part, facts: factsOf(part, live), isCurrent: part.id === at, isFocus: part.id === focus, isFaint: found !== undefined && !found.has(part.id), onOpen } };
    const known = earlier.get(part.id);
    return [known !== undefined && isSame(known, node) ? known : node];
  });
}

function isSame(a: PartNode, b: PartNode): boolean {
  const { facts, ...rest } = a.data;
  const { facts: otherFacts, ...otherRest } = b.data;
  return a.position.x === b.position.x && a.position.y === b.position.y && a.sourcePosition === b.sourcePosition && isShallowSame(facts, otherFacts) && isShallowSame(rest, otherRest);
}

const isShallowSame = <T extends object>(a: T, b: T): boolean => (Object.keys(a) as (keyof T)[]).every((key) => a[key] === b[key]);
