import { PostgresMount } from "../../connect/postgres/mount.ts";
import type { PostgresDecl } from "../../model/external-decl.ts";
import { fillSecrets, secretNames } from "../../model/secret.ts";
import { Mask } from "../secrets/mask.ts";
import { SecretVault } from "../secrets/secret-vault.ts";

/**
 * A mounted database with the secrets of its connection filled in, as they are now.
 * @throws MillraceError `MR-SECRET-001` when one is not there
 */
export function openMount(name: string, decl: PostgresDecl): PostgresMount {
  const secrets = new SecretVault().read(secretNames(decl.connection), `mount "${name}"`);
  const mask = new Mask(withPasswords(secrets));
  return new PostgresMount({ name, decl: { ...decl, connection: fillSecrets(decl.connection, (secret) => secrets[secret]) }, mask: (text) => mask.text(text) });
}

/** Of an address that is a secret, its password could come alone. */
function withPasswords(secrets: Record<string, string>): Record<string, string> {
  const passwords = Object.entries(secrets).flatMap(([name, value]) => {
    const password = URL.parse(value)?.password ?? "";
    return password === "" ? [] : [[`${name} password`, decodeURIComponent(password)] as const];
  });
  return { ...secrets, ...Object.fromEntries(passwords) };
}
