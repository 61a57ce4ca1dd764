import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { lineChanges } from "../../../../src/model/line-changes.ts";
import type { Answer } from "../../api/types.ts";
import { Card } from "../../design/components/card.tsx";
import { Choice } from "../../design/components/field.tsx";
import { ForeignText } from "../../design/components/foreign-text.tsx";
import { ScrollBox } from "../../design/components/scroll-box.tsx";
import { instantText } from "../../design/format.ts";
import { LineDifference } from "../plan/line-difference.tsx";
import styles from "./schema-tab.module.css";

export type TopicSchema = Answer<"/api/v1/topics/{topic}/schemas">["schemas"][number];

const lineCharsMax = 400;
/** Of longer ones only what differs is shown, with what stands around it. */
const wholeLinesMax = 2_000;

const textOf = ({ schema }: Pick<TopicSchema, "schema">): string => JSON.stringify(schema, null, 2);
const titleOf = ({ at, current }: TopicSchema): string => `${instantText(at)}${current ? ", now" : ""}`;

interface WholeSchemaProps {
  /** What records are held against now. */
  now: object | undefined;
  /** The newest first. */
  schemas: readonly TopicSchema[];
  /** The release whose version is open, from the address. */
  opened: string | undefined;
}

/** The schema as it is, or an earlier one, whole: what the version behind it has in its place stands there line by line. */
export function WholeSchema({ now, schemas, opened }: WholeSchemaProps) {
  const navigate = useNavigate();
  const words = useRef<HTMLParagraphElement>(null);
  // The link to it may stand far above.
  useEffect(() => {
    if (opened !== undefined) words.current?.scrollIntoView({ block: "center" });
  }, [opened]);
  const at = schemas.findIndex(({ release }) => release === opened);
  const version = schemas[at];
  const newer = schemas[at - 1];
  const open = (release: string): void => void navigate({ to: ".", search: ((search: object) => ({ ...search, schema: schemas.find((each) => each.release === release)?.current ? undefined : release })) as never, replace: true, resetScroll: false });
  const shown = version?.release ?? schemas.find(({ current }) => current)?.release;
  return (
    <Card title="As JSON Schema" aside={schemas.length > 1 && <Choice label="Version" bare value={shown} options={schemas.map((each) => ({ value: each.release, title: titleOf(each) }))} onChange={({ target }) => open(target.value)} />}>
      {version && newer ? (
        <>
          <p ref={words}>
            As it was from {titleOf(version)} on. − is gone, and + new, in the one of {titleOf(newer)}.
          </p>
          <ScrollBox label="JSON Schema, beside the newer one" className={styles.json}>
            <LineDifference label="the schema" lines={differenceOf(textOf(version), textOf(newer))} />
          </ScrollBox>
        </>
      ) : (
        <ScrollBox label="JSON Schema" className={styles.json}>
          <ForeignText text={textOf(version ?? { schema: now as TopicSchema["schema"] })} />
        </ScrollBox>
      )}
    </Card>
  );
}

function differenceOf(before: string, after: string): ReturnType<typeof lineChanges> {
  const isLong = [before, after].some((text) => text.split("\n").length > wholeLinesMax);
  return lineChanges(before, after, lineCharsMax, isLong ? undefined : Number.POSITIVE_INFINITY);
}
