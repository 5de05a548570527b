import { join } from "node:path";
import { childOf } from "../element-children.ts";
import { findingAt, findingIn } from "../finding.ts";
import type { Finding } from "../finding.ts";
import { documentsOf } from "../sfdx-project.ts";
import type { CrossResult, ProjectView } from "./project-view.ts";

/** Kinds of files that state an API version, and in which element. A flow's version decides how it behaves. */
const versioned: readonly (readonly [kind: string, element: string])[] = [
  ["flow", "apiVersion"],
  ["cls", "apiVersion"],
  ["trigger", "apiVersion"],
  ["managedEventSubscription", "version"],
];

/** All files and the project state one API version. */
export function checkApiVersions({ project }: ProjectView): CrossResult {
  const { apiVersion, root } = project;
  if (apiVersion === null) {
    const message = "The project states no sourceApiVersion, so the newest is used, whatever it is. Add it.";
    return { seen: 0, findings: [findingIn(join(root, "sfdx-project.json"), message)] };
  }
  const files = versioned.flatMap(([kind, element]) =>
    documentsOf(project, kind).map((document) => ({ document, element })),
  );
  const findings = files.flatMap(({ document, element }): Finding[] => {
    const version = childOf(document.root, element);
    if (version?.text === apiVersion) return [];
    const place = version?.place ?? document.root.place;
    const stated = version === undefined ? "states no version" : `states ${version.text}`;
    return [findingAt(place, `The file ${stated}, and the project ${apiVersion}. Write ${apiVersion}.`)];
  });
  return { seen: files.length, findings };
}
