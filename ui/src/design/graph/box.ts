export interface Box {
  id: string;
  width: number;
  height: number;
}

/** With its upper left corner. */
export interface Placed extends Box {
  x: number;
  y: number;
}
