/** What servers call a process of ours in their logs and lists, so that stages can be told apart. @param stage - absent: the control plane */
export const clientName = (stage?: string): string => (stage === undefined ? "millrace" : `millrace-stage-${stage}`);
