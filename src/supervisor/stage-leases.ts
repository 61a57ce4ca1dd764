import type { Kind } from "../scheduler/lease-keeper.ts";
import type { Versioned } from "../state/store.ts";
import type { StageControl, StageWishes } from "./stage-control.ts";

/**
 * Stages of a project that several control planes run, on a log that they share: each stage is one plane's at a time. Where
 * it moves, its processes end after their epoch under way, and those of the other plane go on behind it.
 *
 * @param around - `wishOf`: what people have asked of a stage, of whichever plane; `onTaken`: told that a stage is this plane's now
 */
export function stageKind(stages: readonly StageControl[], { wishOf, onTaken }: { wishOf: (stage: string) => Promise<Versioned<StageWishes> | undefined>; onTaken: (stage: string) => void }): Kind {
  const byKey = new Map(stages.map((stage) => [`stage ${stage.decl.name}`, stage]));
  const down = async (key: string): Promise<void> => byKey.get(key)?.down();
  return {
    keys: [...byKey.keys()],
    take: async ({ key }) => {
      const stage = byKey.get(key) as StageControl;
      onTaken(stage.decl.name);
      const wish = await wishOf(stage.decl.name);
      if (wish) await stage.heed(wish.value, wish.version);
      stage.up();
    },
    part: ({ key }) => down(key),
    // Its epochs are refused once another has begun: nothing is done twice while it ends.
    lose: ({ key }) => down(key),
  };
}
