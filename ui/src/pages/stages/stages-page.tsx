import { useSearch } from "@tanstack/react-router";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { TextField } from "../../design/components/field.tsx";
import { Loaded, Page } from "../../design/components/page.tsx";
import { Switcher } from "../../design/components/switcher.tsx";
import toolbar from "../../design/components/toolbar.module.css";
import { countText } from "../../design/format.ts";
import { useSearchText } from "../../design/use-search-text.ts";
import { useStatus } from "../../live/use-status.ts";
import { byNeed } from "../overview/pipeline-figures.ts";
import { StageTable } from "./stage-table.tsx";

const states = [{ value: "all", title: "All" }, ...["failed", "paused", "running", "drained"].map((state) => ({ value: state, title: state[0].toUpperCase() + state.slice(1) }))];
const shownMax = 200;

export default function StagesPage() {
  const { q, state } = useSearch({ from: "/shell/stages" });
  const [text, write] = useSearchText("q", q);
  const status = useStatus();
  return (
    <Page title="Stages">
      <div className={toolbar.toolbar}>
        <div className={toolbar.grow}>
          <TextField label="Find stages by name" bare placeholder="Find by name or kind" value={text} onChange={({ target }) => write(target.value)} />
        </div>
        <Switcher label="State" name="state" options={states} current={state} />
      </div>
      <Loaded query={status}>
        {({ stages }) => {
          const words = text.toLowerCase().split(/\s+/).filter(Boolean);
          const found = stages.filter((stage) => (state === undefined || stage.state === state) && words.every((word) => `${stage.name} ${stage.kind}`.toLowerCase().includes(word))).sort(byNeed);
          if (stages.length === 0) return <Empty title="No stage yet">Declare one with stage(…) in the project: it shows up here when Millrace is brought up again.</Empty>;
          if (found.length === 0) return <Empty title="No stage is like that">Look for another name or state.</Empty>;
          return (
            <>
              <Card flush>
                <StageTable stages={found.slice(0, shownMax)} />
              </Card>
              {found.length > shownMax && <p className="quiet">{countText(found.length - shownMax)} more: look for a name.</p>}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}
