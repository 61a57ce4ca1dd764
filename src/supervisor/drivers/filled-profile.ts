import type { ProfileDecl } from "../../model/profile.ts";
import { fillSecrets, secretNames } from "../../model/secret.ts";
import { SecretVault } from "../secrets/secret-vault.ts";

/**
 * What stands under a project with its secrets filled in, as they are now.
 * @throws MillraceError `MR-SECRET-001` when one is not there
 */
export function filledProfile(profile: ProfileDecl): ProfileDecl {
  const secrets = new SecretVault().read(secretNames(profile), "the project's profile");
  return fillSecrets(profile, (name) => secrets[name]);
}
