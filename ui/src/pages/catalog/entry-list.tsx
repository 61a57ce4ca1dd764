import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Button } from "../../design/components/button.tsx";
import { Card } from "../../design/components/card.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { VirtualTable } from "../../design/components/virtual-table.tsx";
import styles from "./catalog.module.css";
import { entriesQuery, type Wanted } from "./catalog-queries.ts";
import { entryColumns } from "./entry-columns.tsx";

const rowPx = 52;
/** Rows and sizes change with each commit. All that is shown is asked for anew, so less often where that is much. */
const againMs = 15_000;
const againOfManyMs = 60_000;

/** Entries of the catalog that are asked for, some hundred at once. */
export function EntryList({ label, wanted, none }: { label: string; wanted: Wanted; none: ReactNode }) {
  const entries = useInfiniteQuery({
    ...entriesQuery(wanted),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? againOfManyMs : againMs),
  });
  return (
    <Loaded query={entries}>
      {({ pages }) => {
        const rows = pages.flatMap((page) => page.entries);
        return (
          <Card flush>
            <div aria-busy={entries.isPlaceholderData}>{rows.length === 0 ? none : <VirtualTable label={label} columns={entryColumns} rows={rows} rowKey={({ kind, name }) => `${kind} ${name}`} rowPx={rowPx} />}</div>
            {entries.hasNextPage && (
              <div className={styles.more}>
                <Button disabled={entries.isFetchingNextPage} onClick={() => void entries.fetchNextPage()}>
                  Show more
                </Button>
              </div>
            )}
          </Card>
        );
      }}
    </Loaded>
  );
}
