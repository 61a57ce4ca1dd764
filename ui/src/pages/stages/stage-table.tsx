import { Link } from "@tanstack/react-router";
import type { StageStatus } from "../../api/types.ts";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { bytesText, countText, rateText } from "../../design/format.ts";

const columns: TableColumn<StageStatus>[] = [
  { title: "Stage", cell: ({ name }) => <Link to="/stages/$stage" params={{ stage: name }} className="foreign">{name}</Link> },
  { title: "Kind", onPhones: false, cell: ({ kind }) => <span className="quiet">{kind}</span> },
  { title: "State", cell: ({ state, reason }) => <StateBadge state={state} title={reason} /> },
  { title: "In", align: "right", cell: ({ recordsInPerSecond }) => rateText(recordsInPerSecond) },
  { title: "Out", align: "right", cell: ({ recordsOutPerSecond }) => rateText(recordsOutPerSecond) },
  { title: "Lag", align: "right", cell: ({ lagRecords }) => countText(lagRecords) },
  { title: "Dead letters", align: "right", cell: ({ name, deadLetters }) => (deadLetters === 0 ? "0" : <Link to="/stages/$stage" params={{ stage: name }} search={{ tab: "dead-letters" }}>{countText(deadLetters)}</Link>) },
  { title: "Processes", align: "right", cell: ({ instances }) => countText(instances.length) },
  { title: "Memory", align: "right", cell: ({ instances }) => (instances.length === 0 ? "–" : bytesText(instances.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0))) },
];

export const StageTable = ({ stages }: { stages: readonly StageStatus[] }) => <Table label="Stages" columns={columns} rows={stages} rowKey={({ name }) => name} />;
