/**
 * What a time limit in a test leaves beside the time that is promised, milliseconds: a machine with much else to do, or a
 * disk that is being written full, stands still for a while. That something ends at all, and of itself, is what such a
 * limit shows; how fast it is, is measured in `bench/`.
 */
export const stallMs = 60_000;
