import { Socket } from "node:net";
import { CatalogFiles } from "../../catalog/catalog-files.ts";
import { crawl } from "../../catalog/crawl/crawl.ts";
import { asMillraceError } from "../../errors.ts";
import { folderFiles } from "../../files/folder.ts";
import { MessageChannel } from "../../sql/message-channel.ts";
import { openTree } from "../external/open-tree.ts";
import { diesWithParent } from "../parent-guard.ts";
import type { CrawlOrder, CrawlReply } from "./crawl-messages.ts";

/*
 * The process of one crawl: it walks, groups and writes down, and has files looked into by processes of its own. It makes
 * nothing visible, so it may be killed at any moment. It is started by `crawl-process.ts` and speaks over file descriptor 3.
 */

const channel = new MessageChannel<CrawlOrder, CrawlReply>(new Socket({ fd: 3, readable: true, writable: true }));
const received = await channel.receive();
if (!received) process.exit(1);
await channel.send(await done(received.message));
process.exit(0);

async function done({ at, connection, catalogFolder, request }: CrawlOrder): Promise<CrawlReply> {
  const stop = new AbortController();
  // The one that wants it is gone.
  void channel.receive().catch(() => undefined).then(() => stop.abort(new Error("nobody waits for it any more")));
  try {
    const files = new CatalogFiles(folderFiles(catalogFolder));
    const onProgress = (progress: { files: number; read: number }): void => void channel.send({ type: "progress", ...progress });
    return { type: "done", prepared: await crawl(request, { tree: await openTree(at, connection), files, signal: stop.signal, guard: diesWithParent, onProgress }) };
  } catch (error) {
    return { type: "failed", error: asMillraceError(error, at).toJSON() };
  }
}
