import { type ChildProcess, spawn } from "node:child_process";

/*
 * Ends the process groups of commands when the control plane dies without a word. The system itself can be asked to end a
 * child then, but not the child's own children. A shell that waits for the end of its input costs a megabyte and needs nothing.
 */

const script = `trap '' INT TERM HUP
groups=' '
while read -r what group; do
  case $what in
    +) groups="$groups$group " ;;
    -) case $groups in *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;; esac ;;
  esac
done
for group in $groups; do kill -KILL "-$group"; done`;

let guard: ChildProcess | undefined;
const groups = new Set<number>();

/** From now on the group ends with this process. */
export function guardGroup(group: number): void {
  groups.add(group);
  if (!guard || guard.exitCode !== null || guard.signalCode !== null) startGuard();
  else guard.stdin?.write(`+ ${group}\n`);
}

/** The group is empty, and its number may come to mean another. */
export function releaseGroup(group: number): void {
  groups.delete(group);
  guard?.stdin?.write(`- ${group}\n`);
}

function startGuard(): void {
  guard = spawn("/bin/sh", ["-c", script], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  guard.on("error", () => undefined);
  guard.stdin?.on("error", () => undefined);
  // It must not keep this process from ending.
  guard.unref();
  (guard.stdin as unknown as { unref?(): void }).unref?.();
  guard.stdin?.write([...groups].map((group) => `+ ${group}\n`).join(""));
}
