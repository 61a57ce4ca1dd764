import { Boxes, CalendarClock, Database, Eye, FolderInput, type LucideIcon, ListChecks, LogIn, LogOut, Radio, RadioTower, Table2, Workflow } from "lucide-react";
import type { Part } from "./scope.ts";

const icons: Record<Part["kind"], LucideIcon> = { source: LogIn, topic: Radio, stage: Boxes, sink: LogOut, table: Table2, view: Eye, external: FolderInput, dag: CalendarClock, task: ListChecks, database: Database, topics: RadioTower };

/** What a node is, by its shape: colours are for states. */
export function KindIcon({ kind, size = 14 }: { kind: Part["kind"]; size?: number }) {
  const Icon = icons[kind] ?? Workflow;
  return <Icon size={size} aria-hidden />;
}
