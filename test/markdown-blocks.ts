import { existsSync, globSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** A fenced block of a page. */
export interface Block {
  language: string;
  /** What follows the language, as `title=orders.ts`. */
  settings: Record<string, string>;
  text: string;
  /** Of the first line inside, from 1. */
  line: number;
}

/** Pages for people, relative to the root. */
export function pages(): string[] {
  const found = globSync(["*.md", "docs/**/*.md", "src/**/*.md", "examples/**/*.md"], { cwd: root, exclude: (path) => path.includes("node_modules") });
  return found.map((path) => path.replaceAll("\\", "/")).sort();
}

export function readPage(page: string): string {
  return readFileSync(join(root, page), "utf8");
}

/** The fenced blocks of a page, in order. A setting without a value is `true`. */
export function blocksOf(page: string): Block[] {
  const text = readPage(page);
  return [...text.matchAll(/^```(\w+)([^\n]*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    language: match[1],
    settings: Object.fromEntries(match[2].trim().split(/\s+/).filter(Boolean).map((each) => [each.split("=")[0], each.split("=")[1] ?? "true"])),
    text: match[3],
    line: text.slice(0, match.index).split("\n").length + 1,
  }));
}

/** Where the links of a page lead that stay in the repository, as written. */
export function linksOf(page: string): string[] {
  const prose = readPage(page).replaceAll(/^```[\s\S]*?^```$/gm, "").replaceAll(/`[^`\n]*`/g, "code");
  return [...prose.matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? match[2]).filter((link) => !/^[a-z]+:/.test(link));
}

export function leadsSomewhere(page: string, link: string): boolean {
  const [path, anchor] = link.split("#");
  const target = path === "" ? page : posix.join(posix.dirname(page), path);
  if (!existsSync(join(root, target))) return false;
  return anchor === undefined || anchorsOf(target).includes(anchor);
}

/** Anchors as GitHub makes them of headings. */
function anchorsOf(page: string): string[] {
  return [...readPage(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-"));
}
