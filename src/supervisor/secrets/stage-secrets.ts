import type { StageDecl } from "../../model/manifest.ts";
import { secretNames } from "../../model/secret.ts";
import { SecretVault } from "./secret-vault.ts";

/**
 * The secrets that a stage names, in its settings or for its code, as they are on this machine now.
 * @throws MillraceError `MR-SECRET-001` when one is not there
 */
export const stageSecrets = ({ name, settings, secrets }: StageDecl): Record<string, string> => new SecretVault().read([...secretNames(settings), ...(secrets ?? [])], `stage "${name}"`);
