import type { ProjectStatus } from "../../api/types.ts";

/** Of processors and of memory. */
export interface Work {
  cpuSeconds: number;
  memoryGibSeconds: number;
}

/** Less than this of any currency is not worth its digits. */
const leastShown = 0.01;

/** What was used, in the units that clouds sell: `0.42 core h · 1.3 GiB h`. */
export const workText = ({ cpuSeconds, memoryGibSeconds }: Work): string => `${hours(cpuSeconds)} core h · ${hours(memoryGibSeconds)} GiB h`;

/** What it has cost, by the prices of the project; where it has none, what was used. */
export function costText(work: Work, prices: ProjectStatus["prices"]): string {
  if (prices === null) return workText(work);
  const cost = (work.cpuSeconds * prices.coreHour + work.memoryGibSeconds * prices.gibHour) / 3_600;
  const { format } = new Intl.NumberFormat(undefined, { style: "currency", currency: prices.currency });
  return cost > 0 && cost < leastShown ? `< ${format(leastShown)}` : format(cost);
}

function hours(seconds: number): string {
  const value = seconds / 3_600;
  return value === 0 ? "0" : value < 0.01 ? "<0.01" : value.toFixed(value < 10 ? 2 : 0);
}
