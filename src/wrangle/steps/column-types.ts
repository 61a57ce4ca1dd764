/** Columns of rows whose values are of that type, or null. */
export type ColumnsOf<T, Value> = { [K in keyof T & string]: NonNullable<T[K]> extends Value ? K : never }[keyof T & string];

/** Columns of numbers. */
export type NumberColumns<T> = ColumnsOf<T, number | bigint>;

/** Columns that rows are ordered by; `-name` for the greatest first. */
export type OrderOf<T> = readonly ((keyof T & string) | `-${keyof T & string}`)[];
