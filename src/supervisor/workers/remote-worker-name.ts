/*
 * How the scheduler calls a process on another machine: the worker that has joined, and what that calls its process. No process
 * beside the control plane has such a name.
 */

export const remoteName = (worker: string, process: string): string => `${worker}/${process}`;

/** Whether a name is of a process on another machine, which outlives the control plane. */
export const isRemoteName = (name: string): boolean => name.includes("/");
