import type { OrgCore } from "../org-core.ts";
import { isSameSecret } from "./oauth-client.ts";
import { findUserByName } from "./users.ts";
import type { OrgUser } from "./users.ts";

/** A username with its password; the security token that Salesforce appends is empty in this org. */
export type PasswordEntry = { readonly username: string; readonly password: string };

/** @returns undefined when the username, the password or the user's state does not allow a sign-in. */
export function signInWithPassword(
  core: Pick<OrgCore, "all">,
  entries: readonly PasswordEntry[],
  given: PasswordEntry,
): OrgUser | undefined {
  const wanted = given.username.toLowerCase();
  const entry = entries.find(({ username }) => username.toLowerCase() === wanted);
  // The comparison runs for unknown names too, so that its duration tells nothing about names.
  const isRight = isSameSecret(given.password, entry?.password ?? "");
  return entry !== undefined && isRight ? findUserByName(core, entry.username) : undefined;
}
