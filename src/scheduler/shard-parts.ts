const onlookerMark = "onlooker ";

/** The name of a plane that only looks. */
export const onlooker = (holder: string): string => `${onlookerMark}${holder}`;

/** The name of a plane, whether it works or only looks. */
export const nameOfPlane = (holder: string): string => (holder.startsWith(onlookerMark) ? holder.slice(onlookerMark.length) : holder);

/** A plane that lives, as it was seen last. */
export interface SeenPlane {
  holder: string;
  /** How long ago it spoke, in milliseconds. */
  silentMs: number;
  /** What it holds. */
  keys: string[];
}

/** Those that run DAGs. */
export const workingOf = (planes: readonly string[]): string[] => planes.filter((plane) => !plane.startsWith(onlookerMark));

/**
 * How many shards a plane is to hold, so that all are held and no plane has two more than another. Those that only look have
 * some only where nobody else is there.
 */
export function evenPart(shards: number, planes: readonly string[], holder: string): number {
  const working = workingOf(planes);
  const among = working.length > 0 ? working : planes;
  const place = among.indexOf(holder);
  if (place < 0) return 0;
  return Math.floor(shards / among.length) + (place < shards % among.length ? 1 : 0);
}
