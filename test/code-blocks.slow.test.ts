import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readProject } from "../src/supervisor/definitions/read-project.ts";
import { blocksOf, leadsSomewhere, linksOf, pages, root } from "./markdown-blocks.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-blocks-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const options = {
  compilerOptions: {
    target: "es2023",
    lib: ["es2024", "esnext.disposable"],
    module: "nodenext",
    types: ["node"],
    strict: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    noEmit: true,
    customConditions: ["millrace:source"],
  },
  include: ["**/*.ts"],
};

/** The blocks of each page stand in a folder of their own, under the names that the page gives them. */
function writeBlocks(): number {
  let written = 0;
  for (const page of pages()) {
    for (const { language, settings, text, line } of blocksOf(page)) {
      if (language !== "ts" && !(language === "yaml" && settings.title)) continue;
      const place = join(folder, page.replaceAll(/[/.]/g, "-"));
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, settings.title ?? `line-${line}.ts`), text);
      written++;
    }
  }
  // The tutorial goes on from what `millrace init` makes.
  cpSync(join(root, "templates/project/pipeline.ts"), join(folder, "docs-tutorial-md/pipeline.ts"));
  return written;
}

/** The packages of this checkout, and itself under the name that users import. */
function linkPackages(): void {
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  symlinkSync(root, join(modules, "millrace"), "junction");
  for (const name of readdirSync(join(root, "node_modules"))) if (!name.startsWith(".")) symlinkSync(join(root, "node_modules", name), join(modules, name), "junction");
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
}

let written = 0;
beforeAll(() => {
  written = writeBlocks();
  linkPackages();
});

test("every block of TypeScript on a page compiles, strictly and without annotations", async () => {
  expect(written).toBeGreaterThan(10);
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(options));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const checked = await promisify(execFile)(process.execPath, [compiler, "-p", folder], { cwd: folder }).catch((error) => error as { stdout: string });
  expect(checked.stdout).toBe("");
});

test.each(["README-md", "docs-authoring-md", "docs-dags-md", "docs-tutorial-md", "docs-outliers-md", "docs-quality-md", "docs-wrangling-md", "docs-entities-md", "docs-nested-md"])("the blocks of %s are a project without problems", async (page) => {
  const { manifest } = await readProject(join(folder, page));
  expect(manifest.problems).toEqual([]);
  expect(Object.keys({ ...manifest.stages, ...manifest.dags }).length).toBeGreaterThan(0);
});

test("a link on a page leads to a file, and its anchor to a heading", () => {
  const dead = pages().flatMap((page) => linksOf(page).filter((link) => !leadsSomewhere(page, link)).map((link) => `${page}: ${link}`));
  expect(dead).toEqual([]);
});
