import { type UseQueryResult, useQueries } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { client } from "../../api/client.ts";
import { cellChars } from "./cell-text.ts";
import { type Block, blockColumns, blockRows } from "./grid-window.ts";
import { orderQuery, orderText, type RowOrder } from "./row-order.ts";

/** Parts are asked for when the view has rested so long, so that whoever flies past asks for nothing. */
const restMs = 150;

/** Reads a cell where it is there. */
export type CellOf = (row: number, column: number) => { value: unknown } | undefined;

/** The parts of a result that are in sight, as far as they have come, and the first error among them. */
export function useBlocks(query: string, wanted: Block[], order?: RowOrder): { cell: CellOf; error: unknown } {
  const blocks = useRested(wanted, orderText(order));
  return useQueries({
    queries: blocks.map(({ row, column }) => ({
      queryKey: ["result", query, orderText(order), row, column],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const window = { page: String(row * blockRows), limit: blockRows, columnsFrom: column * blockColumns, columns: blockColumns, cellChars, ...orderQuery(order) };
        const { data } = await client.GET("/api/v1/queries/{query}/results", { params: { path: { query }, query: window }, signal });
        return { row, column, rows: data?.rows as unknown[][] };
      },
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 30_000,
    })),
    combine: combined,
  });
}

/** The same as long as nothing has come. */
function combined(found: UseQueryResult<{ row: number; column: number; rows: unknown[][] }>[]): { cell: CellOf; error: unknown } {
  const there = new Map(found.flatMap(({ data }) => (data ? [[`${data.row} ${data.column}`, data.rows]] : [])));
  const cell: CellOf = (row, column) => {
    const line = there.get(`${Math.floor(row / blockRows)} ${Math.floor(column / blockColumns)}`)?.[row % blockRows];
    return line === undefined ? undefined : { value: line[column % blockColumns] };
  };
  return { cell, error: found.find(({ error }) => error !== null)?.error };
}

/** In another order all of it is another result: what is in sight then is asked for at once. */
function useRested(wanted: Block[], order: string | undefined): Block[] {
  const [rested, setRested] = useState({ wanted, order });
  const key = JSON.stringify(wanted);
  useEffect(() => {
    const timer = setTimeout(() => setRested({ wanted: JSON.parse(key) as Block[], order }), restMs);
    return () => clearTimeout(timer);
  }, [key, order]);
  return rested.order === order ? rested.wanted : wanted;
}
