import { Boxes, CalendarClock, Database, GitCompareArrows, LayoutDashboard, type LucideIcon, Radio, ShieldCheck, SquareTerminal, Workflow } from "lucide-react";

export interface Place {
  to: "/" | "/graph" | "/stages" | "/topics" | "/dags" | "/catalog" | "/sql" | "/quality" | "/plan";
  title: string;
  icon: LucideIcon;
  /** Pressed behind `g`. */
  key: string;
  /** Addresses of what belongs to it and stands elsewhere. */
  also?: string[];
}

/** The pages that are always one step away, in the order of a day's work. */
export const places: Place[] = [
  { to: "/", title: "Overview", icon: LayoutDashboard, key: "o" },
  { to: "/graph", title: "Graph", icon: Workflow, key: "g" },
  { to: "/stages", title: "Stages", icon: Boxes, key: "s" },
  { to: "/topics", title: "Topics", icon: Radio, key: "t" },
  { to: "/dags", title: "DAGs", icon: CalendarClock, key: "d", also: ["/runs/", "/backfills/"] },
  { to: "/catalog", title: "Catalog", icon: Database, key: "c" },
  { to: "/sql", title: "SQL", icon: SquareTerminal, key: "q" },
  { to: "/quality", title: "Quality", icon: ShieldCheck, key: "u" },
  { to: "/plan", title: "Plan", icon: GitCompareArrows, key: "p" },
];
