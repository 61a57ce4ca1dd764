import { StateBadge } from "../../design/components/state-badge.tsx";
import type { Tone } from "../../design/tone.ts";

const tones: Record<string, Tone> = { added: "ok", changed: "warn", removed: "bad" };

export function ChangeBadge({ change }: { change: "added" | "removed" | "changed" }) {
  return <StateBadge state={change} tone={tones[change]} />;
}
