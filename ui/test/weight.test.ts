import { gzipSync } from "node:zlib";
import { expect, inject, test } from "vitest";
import { pageFiles } from "../src/page-files.ts";

const flights = inject("flights");
const scriptsMax = 400_000;

/** All scripts that a document asks for before anything was done on the page, compressed as any browser takes them. */
async function scriptBytes(address: string): Promise<number> {
  const html = await (await fetch(flights.url + address)).text();
  const scripts = new Set([...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(([, path]) => path));
  expect(scripts.size).toBeGreaterThan(1);
  const sizes = await Promise.all([...scripts].map(async (path) => gzipSync(await (await fetch(flights.url + path)).bytes()).length));
  return sizes.reduce((sum, size) => sum + size, 0);
}

test("whichever page is the first, its scripts are light", async () => {
  for (const address of Object.keys(pageFiles)) {
    const bytes = await scriptBytes(address.replace(/\$\w+/g, "x"));
    expect(bytes, address).toBeGreaterThan(50_000);
    expect(bytes, address).toBeLessThan(scriptsMax);
  }
});
