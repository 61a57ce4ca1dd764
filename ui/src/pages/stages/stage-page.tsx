import { useParams, useSearch } from "@tanstack/react-router";
import { Empty } from "../../design/components/empty.tsx";
import { Loaded, Page } from "../../design/components/page.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { Tabs } from "../../design/components/tabs.tsx";
import { countText } from "../../design/format.ts";
import { useStatus } from "../../live/use-status.ts";
import { CodeTab } from "./code-tab.tsx";
import { DeadLettersTab } from "./dead-letters-tab.tsx";
import { LogTab } from "./log-tab.tsx";
import { NowTab } from "./now-tab.tsx";
import { StageActions } from "./stage-actions.tsx";

export default function StagePage() {
  const { stage: name } = useParams({ from: "/shell/stages/$stage" });
  const { tab = "now", span, q, level, process } = useSearch({ from: "/shell/stages/$stage" });
  const status = useStatus();
  const stage = status.data?.stages.find((each) => each.name === name);
  return (
    <Page title={name} actions={stage && <><StateBadge state={stage.state} title={stage.reason} /><StageActions stage={stage} /></>}>
      <Loaded query={status}>
        {() =>
          stage === undefined ? (
            <Empty title="There is no stage of this name">The release that runs has none. Look for it by name: Ctrl K</Empty>
          ) : (
            <>
              <Tabs current={tab} tabs={[{ name: "now", title: "Now" }, { name: "log", title: "Log" }, { name: "dead-letters", title: `Dead letters${stage.deadLetters > 0 ? ` (${countText(stage.deadLetters)})` : ""}` }, { name: "code", title: "Code" }]} />
              {tab === "now" && <NowTab stage={stage} span={span} />}
              {tab === "log" && <LogTab stage={stage} sought={q} level={level} process={process} />}
              {tab === "dead-letters" && <DeadLettersTab stage={stage} />}
              {tab === "code" && <CodeTab stage={name} />}
            </>
          )
        }
      </Loaded>
    </Page>
  );
}
