import { fileURLToPath } from "node:url";
import type { StageDecl, TopicDecl } from "../../../src/model/manifest.ts";
import { startTestServer } from "../../../test/support/test-server.ts";

/** As many as a large company has: forty pipelines behind one topic, each a chain with a fork, some joined with the next. */
function largeProject(topic: TopicDecl, stage: StageDecl): { topics: TopicDecl[]; stages: StageDecl[] } {
  const topics: TopicDecl[] = [{ ...topic, name: "events.<script>window.harmed=1</script>" }];
  const stages: StageDecl[] = [];
  const stageOf = (name: string, from: string[], ...to: string[]) => stages.push({ ...stage, name, kind: "record", from, to: Object.fromEntries(to.map((each, i) => [`out${i}`, each])), dlq: undefined });
  for (let i = 0; i < 45; i++) {
    const named = (name: string): string => `p${i}.${name}`;
    for (const name of ["raw", "clean", "large", "small", "joined"]) topics.push({ ...topic, name: named(name) });
    stageOf(`p${i}-intake`, [topics[0].name], named("raw"));
    stageOf(`p${i}-clean`, [named("raw")], named("clean"));
    stageOf(`p${i}-route`, [named("clean")], named("large"), named("small"));
    stageOf(`p${i}-join`, [named("large"), i % 4 === 1 ? `p${i - 1}.joined` : named("small")], named("joined"));
    stageOf(`p${i}-count`, [named("joined"), named("raw")]);
    stageOf(`p${i}-watch`, [named("small")]);
  }
  return { topics, stages };
}

/* Processes of five hundred stages and topics are more than one machine runs: the manifest is real, what would run it is the tests' own control plane. */
export async function startLargeProject(): ReturnType<typeof startTestServer> {
  const server = await startTestServer({ uiFolder: fileURLToPath(new URL("../../../dist/ui/", import.meta.url)) });
  const { current } = server.control;
  const { topics, stages } = largeProject(current.topics.events, current.stages.branch);
  server.control.current = { ...current, release: "large", topics: { ...current.topics, ...Object.fromEntries(topics.map((each) => [each.name, each])) }, stages: Object.fromEntries(stages.map((each) => [each.name, each])), dags: {} };
  await server.control.pause("p3-route");
  return server;
}

/** Runs in the page. The canvas gets its size when it is drawn for the first time. */
export const isPictureDrawn = (): boolean => (document.querySelector<HTMLCanvasElement>(".react-flow canvas")?.width ?? 0) > 500;
