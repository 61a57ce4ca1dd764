import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

/** First parts of the addresses of pages; each is answered with the same program, which reads the address itself. */
const areas = ["graph", "stages", "topics", "dags", "runs", "backfills", "catalog", "sql", "quality", "plan", "sign-in"];

/** Every address of a page. */
export const pageAddresses: readonly string[] = ["/", ...areas.flatMap((area) => [`/${area}`, `/${area}/*`])];

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/**
 * What the pages may do: run scripts and styles that stand in files of ours, and call this server. Nothing inline, nothing
 * evaluated, nothing from elsewhere, so that text which gets into a page by a fault of ours stays text.
 */
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

interface UiFile {
  type: string;
  /** Its name has a hash of its content. */
  lasting: boolean;
  /** By content encoding; `identity` is always there. */
  bodies: Record<"identity" | "br", Buffer | undefined>;
}

/**
 * The web interface as it was built, from a list that is read once: an address that is not on it leads nowhere, however it is spelled.
 */
export function addUi(app: FastifyInstance, folder: string | undefined = builtUi()): { sendLost: PageSender } {
  const files = folder !== undefined && existsSync(folder) ? readFiles(folder) : new Map<string, UiFile>();
  for (const [name, file] of files) if (!name.endsWith(".html")) app.get(`/${name}`, { config: { permission: "public" } }, (request, reply) => send(request, reply, file));
  for (const url of pageAddresses) {
    const page = files.get(documentOf(url)) ?? files.get("index.html");
    app.get(url, { config: { permission: "public" } }, (request, reply) => (page ? send(request, reply, page) : notBuilt(reply)));
  }
  const start = files.get("index.html");
  return { sendLost: (request, reply) => (start ? send(request, reply.code(404), start) : notBuilt(reply)) };
}

type PageSender = (request: FastifyRequest, reply: FastifyReply) => FastifyReply;

/** Whether a person's browser asks for a page at an address that leads nowhere: the program that it gets says so in a person's words. */
export const isLost = (request: FastifyRequest): boolean => request.is404 && request.method === "GET" && !request.url.startsWith("/api/") && /\btext\/html\b/.test(request.headers.accept ?? "");

/** Where the build puts the document of a page that has one of its own, which names the scripts of that page too. */
const documentOf = (url: string): string => (url === "/" ? "index.html" : url.endsWith("/*") ? `${url.slice(1, -2)}/one.html` : `${url.slice(1)}.html`);

function builtUi(): string | undefined {
  return ["../ui/", "../../dist/ui/"].map((path) => fileURLToPath(new URL(path, import.meta.url))).find((path) => existsSync(join(path, "index.html")));
}

function readFiles(folder: string): Map<string, UiFile> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length).replaceAll("\\", "/").replace(/^\//, ""));
  return new Map(names.filter((name) => types[extname(name)] !== undefined).map((name) => [name, readFile(folder, name, names)]));
}

function readFile(folder: string, name: string, names: string[]): UiFile {
  const br = names.includes(`${name}.br`) ? readFileSync(join(folder, `${name}.br`)) : undefined;
  return { type: types[extname(name)], lasting: name.startsWith("assets/"), bodies: { identity: readFileSync(join(folder, name)), br } };
}

function send(request: FastifyRequest, reply: FastifyReply, { type, lasting, bodies }: UiFile): FastifyReply {
  const encoding = bodies.br && /\bbr\b/.test(request.headers["accept-encoding"] ?? "") ? "br" : "identity";
  if (encoding === "br") reply.header("content-encoding", "br");
  return reply
    .header("content-type", type)
    .header("content-security-policy", policy)
    .header("vary", "accept-encoding")
    .header("cache-control", lasting ? "public, max-age=31536000, immutable" : "no-cache")
    .send(bodies[encoding]);
}

function notBuilt(reply: FastifyReply): FastifyReply {
  return reply.code(503).header("content-type", "text/plain; charset=utf-8").send("The web interface is not built here: npm run build\n");
}
