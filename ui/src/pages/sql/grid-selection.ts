export interface Cell {
  row: number;
  column: number;
}

/** From where a person began to where the person is. */
export interface Selection {
  from: Cell;
  at: Cell;
}

/** Both ends are in it. */
export interface CellSpan {
  first: Cell;
  last: Cell;
}

export const spanOf = ({ from, at }: Selection): CellSpan => ({
  first: { row: Math.min(from.row, at.row), column: Math.min(from.column, at.column) },
  last: { row: Math.max(from.row, at.row), column: Math.max(from.column, at.column) },
});

/** Where a key leads; undefined for one that leads nowhere. @param page - rows that a page has */
export function moved({ row, column }: Cell, key: string, { mod, rows, columns, page }: { mod: boolean; rows: number; columns: number; page: number }): Cell | undefined {
  const goals: Record<string, Cell> = {
    ArrowDown: { row: mod ? rows - 1 : row + 1, column },
    ArrowUp: { row: mod ? 0 : row - 1, column },
    ArrowRight: { row, column: mod ? columns - 1 : column + 1 },
    ArrowLeft: { row, column: mod ? 0 : column - 1 },
    PageDown: { row: row + page, column },
    PageUp: { row: row - page, column },
    Home: { row: mod ? 0 : row, column: 0 },
    End: { row: mod ? rows - 1 : row, column: columns - 1 },
  };
  const goal = goals[key];
  return goal && { row: Math.max(0, Math.min(rows - 1, goal.row)), column: Math.max(0, Math.min(columns - 1, goal.column)) };
}
