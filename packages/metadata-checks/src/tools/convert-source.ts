import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import type { SourceComponent } from "@salesforce/source-deploy-retrieve";
import { findingIn } from "../finding.ts";
import type { CheckResult, Finding } from "../finding.ts";
import type { SfdxProject } from "../sfdx-project.ts";

/**
 * The platform's own converter makes a deployable package of the source: every file belongs to a component, and every
 * component comes out.
 */
export async function convertSource(project: SfdxProject): Promise<CheckResult> {
  // Else the library keeps a log in the home folder of whoever runs the check.
  process.env["SF_DISABLE_LOG_FILE"] = "true";
  const { ComponentSet, MetadataConverter } = await import("@salesforce/source-deploy-retrieve");
  const outputDirectory = mkdtempSync(join(tmpdir(), "sluice-metadata-"));
  const findings: Finding[] = [];
  try {
    const components: SourceComponent[] = [];
    for (const dir of project.sourceDirs) {
      const set = ComponentSet.fromSource(resolve(dir));
      const found = [...set.getSourceComponents()];
      components.push(...found);
      if (found.length === 0) continue;
      await new MetadataConverter().convert(set, "metadata", {
        type: "directory",
        outputDirectory,
        packageName: `package-${components.length}`,
      });
    }
    const owned = new Set(components.flatMap(filesOf));
    for (const file of project.files) {
      if (!owned.has(resolve(file))) findings.push(findingIn(file, reasonNotTaken(file)));
    }
    const names = namesIn(outputDirectory);
    for (const component of components) {
      if (names.has(component.parent?.fullName ?? component.fullName)) continue;
      findings.push(
        findingIn(fileOf(component), "The converter left it out of the package. Compare it with its kind."),
      );
    }
    return { seen: { files: project.files.length, components: components.length }, findings };
  } catch (reason) {
    if (!(reason instanceof Error)) throw reason;
    return { seen: { files: project.files.length }, findings: [fromConverter(project, reason)] };
  } finally {
    rmSync(outputDirectory, { recursive: true, force: true });
  }
}

/** A decomposed object stands for its folder; its fields and rules are components of their own. */
function filesOf(component: SourceComponent): readonly string[] {
  const { xml, type } = component;
  const own = xml === undefined ? [] : [xml];
  if (type.children === undefined) return [...own, ...component.walkContent()];
  return [...own, ...component.getChildren().flatMap((child) => child.xml ?? [])];
}

function fileOf(component: SourceComponent): string {
  return relative(".", component.xml ?? component.content ?? component.fullName);
}

/** Component names in the package: the names of its files, without their suffixes. */
function namesIn(dir: string): ReadonlySet<string> {
  return new Set(
    readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name.replace(/(-meta\.xml)$/, "").replace(/\.[A-Za-z]+$/, "")),
  );
}

function reasonNotTaken(file: string): string {
  if (/\.(cls|trigger|component|page)$/.test(file)) {
    return `No component takes it, and a deployment skips it silently: ${file.split("/").at(-1)}-meta.xml is missing. Add it.`;
  }
  return "No component takes it: .forceignore excludes it, or its folder or suffix is wrong. Correct that, or remove it.";
}

/** The converter stops at its first error and names the file in the text at best. */
function fromConverter(project: SfdxProject, reason: Error): Finding {
  const message = reason.message.replace(/\s+/g, " ");
  const file = project.files.find((name) => message.includes(resolve(name)) || message.includes(name));
  return findingIn(file ?? project.root, `The converter refuses it: ${message} Correct name and folder.`);
}
