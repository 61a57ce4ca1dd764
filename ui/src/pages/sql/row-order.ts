/** By which column of a result its rows are ordered, the first being 0. Absent: as the statement gave them. */
export interface RowOrder {
  column: number;
  descending: boolean;
}

/** As it stands in the address: the column's number, from 1, with a minus for the greatest first. */
export function orderOf(text: string | undefined, columns: number): RowOrder | undefined {
  const found = /^(-?)([1-9]\d{0,5})$/.exec(text ?? "");
  return found && Number(found[2]) <= columns ? { column: Number(found[2]) - 1, descending: found[1] === "-" } : undefined;
}

export const orderText = (order: RowOrder | undefined): string | undefined => order && `${order.descending ? "-" : ""}${order.column + 1}`;

/** What choosing a column makes of the order: first the least, then the greatest, then again as it was given. */
export function orderAfter(order: RowOrder | undefined, column: number): RowOrder | undefined {
  if (order?.column !== column) return { column, descending: false };
  return order.descending ? undefined : { column, descending: true };
}

/** What is asked of the interface for it. */
export const orderQuery = (order: RowOrder | undefined): { orderBy?: number; descending?: boolean } => (order === undefined ? {} : { orderBy: order.column, descending: order.descending });
