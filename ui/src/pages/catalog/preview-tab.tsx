import { Link, useSearch } from "@tanstack/react-router";
import { sqlAt } from "./catalog-entry.ts";
import { RowsCard } from "./rows-card.tsx";

const previewRows = 100;

/** Some rows, of the version that the address names, or of the current one. */
export function PreviewTab({ kind, name }: { kind: string; name: string }) {
  const { version } = useSearch({ from: "/shell/catalog/$kind/$entry" });
  return <RowsCard title={version === undefined ? "Some rows" : `Some rows of version ${version}`} sql={`select * from ${sqlAt(kind, name, version)}`} limit={previewRows} none="There are no rows yet" aside={version !== undefined && <Link to="." search={{ tab: "preview" } as never}>the current version</Link>} />;
}
