import type { ProfileDecl } from "../model/profile.ts";

/** Whether several control planes may run the project: with a log and a state that all of them reach. */
export const sharesPlanes = ({ log, state }: ProfileDecl): boolean => log !== undefined && state !== undefined;
