import type { Plugin, Rolldown } from "vite";
import { pageFiles } from "./src/page-files.ts";

/**
 * Makes a document for each page, which names the scripts and styles of that page beside those of all: they come together, not one behind the other.
 * `/topics` is in `topics.html`, `/topics/…` in `topics/one.html`.
 */
export function pageDocuments(): Plugin {
  return {
    name: "page-documents",
    enforce: "post",
    generateBundle(_, bundle) {
      const document = bundle["index.html"];
      if (document?.type !== "asset") return;
      const common = String(document.source);
      for (const [address, file] of Object.entries(pageFiles)) {
        const links = filesOf(bundle, file).filter((name) => !common.includes(`/${name}`)).map(linkTo);
        const source = common.replace("</head>", `${links.map((link) => `  ${link}\n`).join("")}  </head>`);
        if (address === "/") document.source = source;
        else this.emitFile({ type: "asset", fileName: documentName(address), source });
      }
    },
  };
}

const documentName = (address: string): string => {
  const [, area, ...rest] = address.split("/");
  return rest.length === 0 ? `${area}.html` : `${area}/one.html`;
};

const linkTo = (name: string): string => (name.endsWith(".css") ? `<link rel="stylesheet" crossorigin href="/${name}">` : `<link rel="modulepreload" crossorigin href="/${name}">`);

/** The script of a page, and what that imports, with their styles. */
function filesOf(bundle: Rolldown.OutputBundle, page: string): string[] {
  const files = new Set<string>();
  const take = (name: string): void => {
    const chunk = bundle[name];
    if (chunk?.type !== "chunk" || files.has(name)) return;
    files.add(name);
    for (const style of chunk.viteMetadata?.importedCss ?? []) files.add(style);
    chunk.imports.forEach(take);
  };
  const own = Object.values(bundle).find((each) => each.type === "chunk" && each.facadeModuleId?.endsWith(`/src/pages/${page}`));
  if (own === undefined) throw new Error(`the build has no script of ${page}`);
  take(own.fileName);
  return [...files];
}
