const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/**
 * A bar of `width` cells, filled to `share`.
 * @param share - 0 to 1; what lies outside is taken as the nearer end
 */
export function barText(share: number, width: number): string {
  const filled = Math.round((Number.isNaN(share) ? 0 : Math.min(1, Math.max(0, share))) * width * 8);
  const full = Math.floor(filled / 8);
  const part = eighths[filled % 8];
  return "█".repeat(full) + part + "░".repeat(width - full - (part === "" ? 0 : 1));
}
