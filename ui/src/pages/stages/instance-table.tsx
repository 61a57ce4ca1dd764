import type { StageStatus } from "../../api/types.ts";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { bytesText, countText, durationText } from "../../design/format.ts";

type Instance = StageStatus["instances"][number];

const columns: TableColumn<Instance>[] = [
  { title: "Process", cell: ({ pid, machine }) => <>{pid}{machine !== undefined && <span className="foreign quiet"> on {machine}</span>}</> },
  { title: "Since", cell: ({ startedAt }) => <Moment at={startedAt} /> },
  { title: "Restarts", align: "right", cell: ({ restarts }) => countText(restarts) },
  { title: "Processor time", align: "right", cell: ({ cpuSeconds }) => durationText(cpuSeconds * 1_000) },
  { title: "Memory", align: "right", cell: ({ memoryBytes }) => bytesText(memoryBytes) },
];

const whyNone: Partial<Record<StageStatus["state"], string>> = { paused: "It is paused: resume it, and they start.", drained: "It has read all of its bounded input, and is done.", failed: "It is tried again by itself; its log says what it last did.", stopped: "Millrace was brought up without it." };

export function InstanceTable({ stage: { instances, kind, state } }: { stage: StageStatus }) {
  const why = kind === "http" ? "It is a door of the server, and has no process of its own." : (whyNone[state] ?? "They are being started.");
  return (
    <Card title="Processes" flush>
      {instances.length === 0 ? <Empty title="No process">{why}</Empty> : <Table label="Processes" columns={columns} rows={instances} rowKey={({ pid, machine }) => `${machine} ${pid}`} />}
    </Card>
  );
}
