import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { Button } from "../../design/components/button.tsx";
import buttonStyles from "../../design/components/button.module.css";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { countText, rateText } from "../../design/format.ts";
import { visibleLine } from "../../design/visible-text.ts";
import { Pane } from "../../shell/pane.tsx";
import styles from "./graph.module.css";
import { KindIcon } from "./kind-icon.tsx";
import { datasetOf } from "../catalog/catalog-queries.ts";
import { factsOf, type Live } from "./node-facts.ts";
import type { Around, Part, Picture } from "./scope.ts";
import { useGraphSearch } from "./use-graph-search.ts";

/** A node beside the picture: how it is doing, what it reads and who reads it, and where all of it is told. */
export function NodePane({ part, picture, live, onOpen, onClose }: { part: Part; picture: Picture; live: Live; onOpen(id: string): void; onClose(): void }) {
  const { set } = useGraphSearch();
  const facts = factsOf(part, live);
  const names = new Map(picture.parts.map((each) => [each.id, each]));
  const before = picture.edges.filter(({ to }) => to === part.id).flatMap(({ from }) => names.get(from) ?? []);
  const after = picture.edges.filter(({ from }) => from === part.id).flatMap(({ to }) => names.get(to) ?? []);
  const around = (side: Around): void => set({ around: side, depth: undefined, focus: part.id });
  return (
    <Pane label={`${part.kind} ${visibleLine(part.name)}`} className={styles.pane} onClose={onClose}>
      {(close) => (
        <>
          <div className={styles.paneHead}>
            <div>
              <p className="quiet">
                {part.kind === part.form ? part.kind : `${part.kind} · ${part.form}`}
              </p>
              <h2 className="foreign">{visibleLine(part.name)}</h2>
            </div>
            <Button look="plain" icon={<X size={14} />} label="Close" onClick={close} />
          </div>
          {facts.state !== undefined && (
            <p>
              <StateBadge state={facts.state} tone={facts.tone} /> {facts.line}
            </p>
          )}
          <Figures part={part} live={live} />
          <div className={styles.acts}>
            <PageLink part={part} />
            <QualityLink part={part} live={live} />
            {(part.kind === "table" || part.kind === "view") && <Button onClick={() => set({ zoom: "columns", focus: part.id })}>Columns</Button>}
            <Button onClick={() => around("before")}>What is before</Button>
            <Button onClick={() => around("after")}>What is behind</Button>
          </div>
          <Near title="Reads from" parts={before} onOpen={onOpen} />
          <Near title="Goes to" parts={after} onOpen={onOpen} />
          {part.members.length > 1 && <Near title="Made of" parts={part.members.map((member) => ({ ...member, members: [member] }))} onOpen={(focus) => set({ zoom: undefined, focus })} />}
        </>
      )}
    </Pane>
  );
}

function Figures({ part, live }: { part: Part; live: Live }) {
  const stage = live.stages.get(part.name);
  const isStage = ["stage", "source", "sink"].includes(part.kind);
  const topic = part.kind === "topic" ? live.topics.get(part.name) : undefined;
  const table = part.kind === "table" ? live.tables.get(part.name) : undefined;
  const dag = part.kind === "dag" ? live.dags.get(part.name) : part.parent === undefined ? undefined : live.dags.get(part.parent.slice(4));
  const pairs: [string, string][] = [
    ...(isStage && stage ? ([["In", rateText(stage.recordsInPerSecond)], ["Out", rateText(stage.recordsOutPerSecond)], ["Behind", countText(stage.lagRecords)], ["Dead letters", countText(stage.deadLetters)], ["Processes", countText(stage.instances.length)]] as [string, string][]) : []),
    ...(topic ? ([["Records", countText(topic.records)], ["Come in", rateText(topic.recordsPerSecond)], ["Partitions", countText(topic.partitions)]] as [string, string][]) : []),
    ...(table ? ([["Rows", countText(table.rows)], ["Files", countText(table.files)]] as [string, string][]) : []),
    ...(dag ? ([["Schedule", dag.schedule], ["Running now", countText(dag.activeRuns)], ["Last run", dag.lastRun?.state.replaceAll("_", " ") ?? "–"]] as [string, string][]) : []),
  ];
  return (
    <>
      {pairs.length > 0 && (
        <dl className={styles.figures}>
          {pairs.map(([title, value]) => (
            <div key={title} style={{ display: "contents" }}>
              <dt>{title}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {isStage && stage?.reason !== undefined && <p className="foreign">{visibleLine(stage.reason.slice(0, 500))}</p>}
      {isStage && stage?.lastError !== undefined && <p className="foreign">{visibleLine(stage.lastError.what.slice(0, 500))}</p>}
    </>
  );
}

function PageLink({ part: { kind, name, parent } }: { part: Part }) {
  if (kind === "stage" || kind === "source" || kind === "sink") {
    return (
      <Link to="/stages/$stage" params={{ stage: name }} className={buttonStyles.button}>
        Open the stage
      </Link>
    );
  }
  const to = { topic: `/topics/${encodeURIComponent(name)}`, table: `/catalog/table/${encodeURIComponent(name)}`, view: `/catalog/table/${encodeURIComponent(name)}`, dag: `/dags/${encodeURIComponent(name)}` }[kind as string] ?? (parent === undefined ? undefined : `/dags/${encodeURIComponent(parent.slice(4))}`);
  if (to === undefined) return null;
  return (
    <Link to={to as string} className={buttonStyles.button}>
      Open its page
    </Link>
  );
}

/** To what fails, or is not as usual: a dataset that is as it should be needs no way there. */
function QualityLink({ part, live }: { part: Part; live: Live }) {
  const row = live.quality.get(datasetOf(part.kind, part.name));
  if (row === undefined || !["failed", "warned", "unusual"].includes(row.state)) return null;
  return (
    <Link to="/quality/$dataset" params={{ dataset: row.dataset }} className={buttonStyles.button}>
      What is wrong
    </Link>
  );
}

const nearMax = 100;

function Near({ title, parts, onOpen }: { title: string; parts: Part[]; onOpen(id: string): void }) {
  if (parts.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ul className={styles.near}>
        {parts.slice(0, nearMax).map((part) => (
          <li key={part.id}>
            <button type="button" onClick={() => onOpen(part.id)}>
              <KindIcon kind={part.kind} />
              <span className="foreign">{visibleLine(part.name)}</span>
            </button>
          </li>
        ))}
      </ul>
      {parts.length > nearMax && <p className="quiet">and {countText(parts.length - nearMax)} more</p>}
    </section>
  );
}
