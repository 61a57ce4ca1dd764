/** The group whose positions say where a stage's dead letters that wait begin: those before were sent again, or stand further back in the queue now. */
export const redriveGroup = (stage: string): string => `redrive:${stage}`;
