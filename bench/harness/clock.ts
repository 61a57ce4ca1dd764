/** Milliseconds of the machine's own clock, which never jumps and is the same in all processes. */
export const machineMs = (): number => Number(process.hrtime.bigint()) / 1e6;
