/**
 * Why this Node cannot run Millrace; undefined when it can. The file imports nothing, so that an old Node gets as far as
 * reading it.
 *
 * @param version - as `process.versions.node` says it
 */
export function nodeRefusal(version: string): { code: string; what: string; where: string; mend: string } | undefined {
  const [major, minor] = version.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return undefined;
  return {
    code: "MR-CLI-001",
    what: `Millrace needs Node 22.18 or later, and this is ${version}`,
    where: process.execPath,
    mend: "install a newer Node from https://nodejs.org, or add one to the project: npm install --save-dev node@24",
  };
}
