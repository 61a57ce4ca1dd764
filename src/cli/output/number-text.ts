/** `1,234,567`, the same in every locale. */
export function countText(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString("en-US") : "?";
}

/** `1.53 M/s`, `12.0 k/s`, `7/s`. */
export function rateText(perSecond: number): string {
  if (!(perSecond > 0)) return "0/s";
  if (perSecond >= 999_950) return `${(perSecond / 1e6).toFixed(2)} M/s`;
  if (perSecond >= 999.5) return `${(perSecond / 1e3).toFixed(1)} k/s`;
  return `${perSecond < 10 ? Number(perSecond.toFixed(1)) : Math.round(perSecond)}/s`;
}

const units = ["B", "KiB", "MiB", "GiB", "TiB"];

/** `143 MiB`, `1.5 GiB`; powers of 1,024. */
export function bytesText(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 1_023.5 && unit < units.length - 1) {
    value /= 1_024;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : Number(value.toFixed(1))} ${units[unit]}`;
}

/** `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 07 min`. */
export function timeText(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  if (seconds < 0.9995) return `${Math.max(0, Math.round(seconds * 1_000))} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (value: number): string => String(value).padStart(2, "0");
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3_600)} h ${two(Math.floor((whole % 3_600) / 60))} min`;
}
