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

export interface Point {
  x: number;
  y: number;
}

/** What joins two boxes, by their ids. */
export interface Line {
  from: string;
  to: string;
}

/** The size of what a picture is seen in, in pixels. */
export interface Room {
  width: number;
  height: number;
}
