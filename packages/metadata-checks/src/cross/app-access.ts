import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { childOf, childText } from "../element-children.ts";
import { findingAt, findingIn } from "../finding.ts";
import type { Finding } from "../finding.ts";
import { documentsOf } from "../sfdx-project.ts";
import type { MetadataDocument, SfdxProject } from "../sfdx-project.ts";
import type { CrossResult, ProjectView } from "./project-view.ts";

/**
 * The files of an external client app belong together, its policy names permission sets that exist, and its keys are
 * neither here nor can they come here.
 */
export function checkApps({ project }: ProjectView): CrossResult {
  const apps = documentsOf(project, "eca");
  const parts = [...documentsOf(project, "ecaOauth"), ...documentsOf(project, "ecaOauthPlcy")];
  return {
    seen: apps.length + parts.length,
    findings: [
      ...keyFiles(project),
      ...(apps.length === 0 ? [] : checkForceignore(project)),
      ...parts.flatMap((part) => checkApp(part, apps)),
      ...documentsOf(project, "ecaOauthPlcy").flatMap((policy) => checkPolicy(policy, project)),
    ],
  };
}

function keyFiles(project: SfdxProject): readonly Finding[] {
  return project.files
    .filter((file) => /\.ecaGlblOauth(-meta\.xml)?$/.test(file))
    .map((file) =>
      findingIn(
        file,
        "It holds the key and the secret of an app. Delete it, from the history too, and rotate both.",
      ),
    );
}

function checkForceignore({ root }: SfdxProject): readonly Finding[] {
  const file = join(root, ".forceignore");
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  if (lines.some((line) => !line.startsWith("#") && line.includes("*.ecaGlblOauth"))) return [];
  const message =
    "Nothing keeps the app's key file from being retrieved. Add the line **/*.ecaGlblOauth-meta.xml";
  return [findingIn(file, message)];
}

function checkApp({ root }: MetadataDocument, apps: readonly MetadataDocument[]): readonly Finding[] {
  const named = childOf(root, "externalClientApplication");
  if (named === undefined || apps.some(({ name }) => name === named.text)) return [];
  return [findingAt(named.place, `There is no external client app "${named.text}". Correct the name.`)];
}

function checkPolicy({ root }: MetadataDocument, project: SfdxProject): readonly Finding[] {
  const named = childOf(root, "commaSeparatedPermissionSet");
  const sets = documentsOf(project, "permissionset").map(({ name }) => name);
  if (named === undefined) {
    if (childText(root, "permittedUsersPolicyType") !== "AdminApprovedPreAuthorized") return [];
    const message =
      "Only users approved before may use the app, and nobody is. Add <commaSeparatedPermissionSet>.";
    return [findingAt(root.place, message)];
  }
  return named.text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => !sets.includes(name))
    .map((name) =>
      findingAt(
        named.place,
        `There is no permission set "${name}"; there are ${sets.join(", ")}. Correct the name.`,
      ),
    );
}
