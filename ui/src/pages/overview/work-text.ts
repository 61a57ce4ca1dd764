/** What was used, in the units that clouds sell: `0.42 core h · 1.3 GiB h`. */
export const workText = ({ cpuSeconds, memoryGibSeconds }: { cpuSeconds: number; memoryGibSeconds: number }): string => `${hours(cpuSeconds)} core h · ${hours(memoryGibSeconds)} GiB h`;

function hours(seconds: number): string {
  const value = seconds / 3_600;
  return value === 0 ? "0" : value < 0.01 ? "<0.01" : value.toFixed(value < 10 ? 2 : 0);
}
