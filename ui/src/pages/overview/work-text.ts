import type { ProjectStatus } from "../../api/types.ts";

/** Of processors and of memory. */
export interface Work {
  cpuSeconds: number;
  memoryGibSeconds: number;
}

/** What was used, in the units that clouds sell: `0.42 core h · 1.3 GiB h`. */
export const workText = ({ cpuSeconds, memoryGibSeconds }: Work): string => `${hours(cpuSeconds)} core h · ${hours(memoryGibSeconds)} GiB h`;

/** What it has cost, by the prices of the project; where it has none, what was used. */
export function costText(work: Work, prices: ProjectStatus["prices"]): string {
  if (prices === null) return workText(work);
  const cost = (work.cpuSeconds * prices.coreHour + work.memoryGibSeconds * prices.gibHour) / 3_600;
  const money = new Intl.NumberFormat(undefined, { style: "currency", currency: prices.currency });
  // The smallest coin: a cent, a yen.
  const leastShown = 10 ** -(money.resolvedOptions().maximumFractionDigits ?? 2);
  return cost > 0 && cost < leastShown ? `< ${money.format(leastShown)}` : money.format(cost);
}

function hours(seconds: number): string {
  const value = seconds / 3_600;
  return value === 0 ? "0" : value < 0.01 ? "<0.01" : value.toFixed(value < 10 ? 2 : 0);
}
