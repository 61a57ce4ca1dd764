import { useQuery } from "@tanstack/react-query";
import { client } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { Dialog } from "../../design/components/dialog.tsx";
import { ForeignText } from "../../design/components/foreign-text.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { copyCells } from "./copy-cells.ts";
import type { Cell } from "./grid-selection.ts";
import styles from "./result-grid.module.css";
import { orderQuery, orderText, type RowOrder } from "./row-order.ts";

/** One value as a whole. */
export function CellDialog({ query, order, cell, column, onClose }: { query: string; order: RowOrder | undefined; cell: Cell; column: { name: string; type: string }; onClose(): void }) {
  const value = useQuery({
    queryKey: ["cell", query, orderText(order), cell.row, cell.column],
    queryFn: async () => {
      const window = { page: String(cell.row), limit: 1, columnsFrom: cell.column, columns: 1, ...orderQuery(order) };
      const { data } = await client.GET("/api/v1/queries/{query}/results", { params: { path: { query }, query: window } });
      return { value: ((data?.rows ?? []) as unknown[][])[0]?.[0] };
    },
    gcTime: 0,
  });
  return (
    <Dialog open onClose={onClose} title={`${column.name.slice(0, 100)}, row ${(cell.row + 1).toLocaleString("en")}`} actions={<Button onClick={() => void copyCells(query, { first: cell, last: cell }, order)}>Copy</Button>}>
      <p className="quiet foreign">{column.type.slice(0, 200)}</p>
      <Loaded query={value}>{({ value: whole }) => <pre className={styles.whole}>{whole === null ? <em>null</em> : <ForeignText text={typeof whole === "object" ? JSON.stringify(whole, null, 2) : String(whole)} />}</pre>}</Loaded>
    </Dialog>
  );
}
