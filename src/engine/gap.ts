import { MillraceError } from "../errors.ts";
import type { LogDriver, Position } from "../log/driver.ts";
import { StagePaused } from "./failures.ts";

/** When retention has overtaken a reader it stops, and says what it has not read: it never jumps by itself. Undefined for other errors. */
export function gapOf(error: unknown, stage: string): StagePaused | undefined {
  if (!(error instanceof MillraceError) || error.code !== "MR-LOG-005") return undefined;
  const { what, where } = error.parts;
  return new StagePaused(
    new MillraceError("MR-LOG-005", {
      what: `stage "${stage}" paused itself before a gap in its input, ${where}: ${what}`,
      where: `stage "${stage}", ${where}`,
      mend: `give the topic a longer retention; \`millrace stages resume ${stage}\` then goes on behind the gap, without the records in it`,
      cause: error,
    }),
  );
}

/** Moves a group behind what retention has taken, because somebody has decided so. Returns the gaps, `to` exclusive. */
export async function acceptGaps(log: LogDriver, group: string): Promise<{ topic: string; partition: number; from: number; to: number }[]> {
  const topics = new Map((await log.topics()).map((topic) => [topic.name, topic]));
  const positions = (await log.positions(group)).map((position) => ({ ...position, start: topics.get(position.topic)?.partitionInfo[position.partition]?.start ?? 0 }));
  const behind = positions.filter(({ offset, start }) => offset < start);
  if (behind.length === 0) return [];
  await log.seek(
    group,
    behind.map(({ topic, partition, start, metadata }) => ({ topic, partition, offset: start, metadata: { ...(metadata as object | undefined), gapAccepted: true } })),
  );
  return behind.map(({ topic, partition, offset, start }) => ({ topic, partition, from: offset, to: start }));
}

/** Whether the position was moved behind a gap on purpose, and nothing has been committed since. */
export function acceptsGap(position: Position | undefined): boolean {
  return (position?.metadata as { gapAccepted?: boolean } | undefined)?.gapAccepted === true;
}
