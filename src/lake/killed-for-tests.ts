import { join } from "node:path";
import type { FilesDriver } from "../files/driver.ts";
import { folderFiles } from "../files/folder.ts";
import { sqliteState } from "../state/sqlite.ts";
import type { StateStore } from "../state/store.ts";
import { Lake } from "./lake.ts";
import { stagedRows } from "./lake-for-tests.ts";

/*
 * A process that changes a lake and is killed at a step of it: `node killed-for-tests.ts <folder> <step>`. Steps are the calls
 * that change what is on disk, and it dies right after the one that it was told, by SIGKILL: nothing of it gets to tidy up.
 * It ends by itself when there are fewer.
 */

const steps = new Set(["adopt", "putIfAbsent", "delete", "compareAndSwap", "swapAll"]);
const [root, last] = [process.argv[2], Number(process.argv[3])];
let done = 0;

function killing<T extends object>(driver: T): T {
  return new Proxy(driver, {
    get(target, name) {
      const member = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return async (...args: unknown[]) => {
        const result = await member.apply(target, args);
        if (steps.has(String(name)) && ++done === last) process.kill(process.pid, "SIGKILL");
        return result;
      };
    },
  });
}

/** `list` gives its keys one by one, and `path` and the like no promise: they pass as they are. */
function killingFiles(files: FilesDriver): FilesDriver {
  return { ...files, ...(({ adopt, putIfAbsent, delete: remove }) => ({ adopt, putIfAbsent, delete: remove }))(killing(files)) };
}

const files = folderFiles(join(root, "lake"));
const state: StateStore = killing(await sqliteState(join(root, "state.sqlite")));
const lake = new Lake({ files: killingFiles(files), state });

const round = String(last);
// Rows of one key take the place of those before; those of another come beside them.
const merged = await lake.table("k.merged");
const staged = [await stagedRows(merged, `select 1::bigint as part, ${last}::bigint as n union all select ${100 + last}, ${last}`)];
await (await merged.merge({ files: staged, keys: ["part"], attempt: `merge-${round}` })).publish();
// Two tables through the catalog, as another engine commits to them.
const change = { requirements: [], updates: [{ action: "set-properties", updates: { round } }] };
await lake.catalog.commit(["k.one", "k.two"].map((name) => ({ name, ...change })));
// Branches of both that become the tables.
await lake.publishBranch(["k.one", "k.two"], "next");
await lake.close();
