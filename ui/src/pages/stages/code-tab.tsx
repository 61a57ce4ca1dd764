import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { api } from "../../api/client.ts";
import type { Answer } from "../../api/types.ts";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Facts } from "../../design/components/facts.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { ScrollBox } from "../../design/components/scroll-box.tsx";
import { visibleText } from "../../design/visible-text.ts";
import { useStatus } from "../../live/use-status.ts";
import styles from "./code-tab.module.css";

type File = NonNullable<Answer<"/api/v1/stages/{stage}/code">["file"]>;

/** What the stage runs, and of which release. */
export function CodeTab({ stage }: { stage: string }) {
  const query = api.useQuery("get", "/api/v1/stages/{stage}/code", { params: { path: { stage } } });
  return (
    <Loaded query={query}>
      {({ release, kind, reads, writes, file }) => (
        <>
          <Facts
            look="figures"
            facts={[
              ["Release", <code key="v">{release}</code>],
              ["Kind", kind],
              ["Reads", <Datasets key="v" names={reads} />],
              ["Writes", <Datasets key="v" names={writes} />],
            ]}
          />
          {file === null ? <Empty title="No file declares it">Millrace makes this stage itself.</Empty> : <Source file={file} />}
        </>
      )}
    </Loaded>
  );
}

function Datasets({ names }: { names: string[] }) {
  const topics = useStatus().data?.topics;
  if (names.length === 0) return "–";
  return (
    <ul>
      {names.map((name) => (
        <li key={name}>
          <Link to={topics?.some((topic) => topic.name === name) ? (`/topics/${encodeURIComponent(name)}` as string) : `/catalog/table/${encodeURIComponent(name)}`} className="foreign">
            {name}
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Source({ file: { path, line, export: exported, text } }: { file: File }) {
  const here = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLElement>(null);
  // The box alone, not the page.
  useEffect(() => {
    box.current?.scrollTo({ top: (here.current?.offsetTop ?? 0) - box.current.clientHeight / 3 });
  }, []);
  const title = <span className="foreign">{`${path}:${line}${exported === null ? "" : `, ${exported}`}`}</span>;
  if (text === null) return <Card title={title}><Empty title="The release's copy of it is gone">It may be read in the project's folder.</Empty></Card>;
  return (
    <Card title={title} flush>
      <ScrollBox ref={box} className={styles.code} label={`Source of ${path}`}>
        {visibleText(text).split("\n").map((each, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
          <div key={index} className={styles.row} data-here={index + 1 === line} ref={index + 1 === line ? here : undefined}>
            <span className={styles.number} aria-hidden>{index + 1}</span>
            <span className={`${styles.text} foreign`}>{each}</span>
          </div>
        ))}
      </ScrollBox>
    </Card>
  );
}
