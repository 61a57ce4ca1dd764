import { declared } from "../../model/declared.ts";
import { output } from "../../model/datasets.ts";
import { definitionMark, type StageDefinition } from "../../model/definition.ts";
import { checkName, declarationText } from "../../model/names.ts";
import { checkOptions } from "../../model/option-checks.ts";
import { callSite } from "../../model/place.ts";
import type { RecordOfDataset } from "../../model/schema-types.ts";
import { sizeBytes } from "../../model/size.ts";
import { runSettings } from "../../model/stage-defaults.ts";
import type { Dataset } from "../../model/stage-types.ts";

export interface HttpOptions<O extends Dataset> {
  /** The topic or table that takes the records. */
  to: O;
  /** Largest record, as JSON text. Default "1MiB". */
  recordMax?: string;
  /** Largest request with many records. Default "16MiB". */
  requestMax?: string;
}

/** What the manifest says of an HTTP intake. */
interface HttpSettings {
  /** `/ingest/<name>` */
  path: string;
  recordBytesMax: number;
  requestBytesMax: number;
}

/**
 * Declares an HTTP intake: `POST /ingest/<name>` takes one record, or many, checks them and answers when they are on disk.
 * @example http("orders-intake", { to: orders })
 * @throws MillraceError `MR-MODEL-001` for a name or option that cannot be, `MR-MODEL-005` for an unreadable size
 */
export function http<const O extends Dataset>(name: string, options: HttpOptions<O>): StageDefinition<never, RecordOfDataset<O>> {
  const site = callSite(http);
  checkName("stage", name, site);
  const where = declarationText("http", name, site);
  checkOptions(options, ["to", "recordMax", "requestMax"], where);
  return declared({
    [definitionMark]: "stage",
    name,
    kind: "http",
    from: [],
    to: output(options.to, where),
    ...runSettings({}, where),
    concurrency: 1,
    settings: {
      path: `/ingest/${name}`,
      recordBytesMax: sizeBytes(options.recordMax ?? "1MiB", `${where}, recordMax`),
      requestBytesMax: sizeBytes(options.requestMax ?? "16MiB", `${where}, requestMax`),
    } satisfies HttpSettings,
    site,
  });
}
