import { expect, test } from "vitest";
import { barText } from "./bar-text.ts";
import { bytesText, countText, rateText, timeText } from "./number-text.ts";

test.each([[0, "0"], [1_234_567, "1,234,567"], [Number.NaN, "?"]])("count %d", (value, text) => expect(countText(value)).toBe(text));

test.each([[0, "0/s"], [-1, "0/s"], [0.25, "0.3/s"], [7, "7/s"], [999.4, "999/s"], [999.9, "1.0 k/s"], [151_234, "151.2 k/s"], [999_949, "999.9 k/s"], [999_951, "1.00 M/s"], [5_250_000, "5.25 M/s"]])("rate %d", (value, text) => expect(rateText(value)).toBe(text));

test.each([[0, "0 B"], [1_023, "1023 B"], [1_024, "1 KiB"], [1_536, "1.5 KiB"], [150 * 1_024 ** 2, "150 MiB"], [1_024 ** 5, "1024 TiB"]])("bytes %d", (value, text) => expect(bytesText(value)).toBe(text));

test.each([[0, "0 ms"], [0.25, "250 ms"], [0.9999, "1.0 s"], [59.96, "1 min 00 s"], [245, "4 min 05 s"], [3_599.7, "1 h 00 min"], [7_620, "2 h 07 min"], [Number.POSITIVE_INFINITY, "?"]])("time %d", (value, text) => expect(timeText(value)).toBe(text));

test.each([[0, "░░░░"], [0.5, "██░░"], [1, "████"], [0.28, "█▏░░"], [-3, "░░░░"], [7, "████"], [Number.NaN, "░░░░"]])("bar %d", (share, text) => expect(barText(share, 4)).toBe(text));
