import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { MetadataError, parseMetadataXml } from "@sluice/org/metadata";
import type { XmlElement } from "@sluice/org/metadata";
import { z } from "zod";

/** A metadata file that could be parsed. */
export type MetadataDocument = {
  readonly file: string;
  /** The component's name: the file's, without its suffix. */
  readonly name: string;
  /** The suffix between name and `-meta.xml`, such as `flow`. */
  readonly kind: string;
  /** For what belongs to an object, the object's name. */
  readonly objectName: string;
  readonly root: XmlElement;
};

export type SfdxProject = {
  /** The folder that holds sfdx-project.json. */
  readonly root: string;
  /** The folders to check, each a package directory or one inside it. */
  readonly sourceDirs: readonly string[];
  /** Every file below them, but for read-me files and the like. */
  readonly files: readonly string[];
  readonly documents: readonly MetadataDocument[];
  /** Files that are no metadata XML at all, with the reason. */
  readonly unparsed: readonly MetadataError[];
  readonly apiVersion: string | null;
};

/** The folder cannot be checked at all. */
export class ProjectError extends Error {
  override readonly name = "ProjectError";
}

/** Files that are no metadata and may stand beside it. */
const harmlessFiles: ReadonlySet<string> = new Set(["README.md", ".forceignore", ".gitkeep"]);

const projectFile = z.object({
  packageDirectories: z.array(z.object({ path: z.string() })),
  sourceApiVersion: z.string().optional(),
});

/**
 * Reads the source below the folders: a folder with sfdx-project.json stands for its package directories, another one
 * for itself.
 *
 * @throws {ProjectError} for a folder that is missing, belongs to no project or to another one than the first.
 */
export function readSfdxProject(folders: readonly string[]): SfdxProject {
  const roots = new Set(folders.map((folder) => resolve(findRoot(folder))));
  const [first = "."] = folders;
  const root = findRoot(first);
  if (roots.size > 1) {
    throw new ProjectError(
      `The folders belong to different projects: ${[...roots].join(", ")}. Check one at a time.`,
    );
  }
  const config = readConfig(root);
  const sourceDirs = folders.flatMap((folder) =>
    existsSync(join(folder, "sfdx-project.json"))
      ? config.packageDirectories.map(({ path }) => join(folder, path))
      : [folder],
  );
  const files = sourceDirs.flatMap(listFiles);
  const unparsed: MetadataError[] = [];
  const documents = files
    .filter((file) => file.endsWith("-meta.xml"))
    .flatMap((file) => {
      try {
        return [documentOf(file, parseMetadataXml(file, readFileSync(file, "utf8")))];
      } catch (reason) {
        if (!(reason instanceof MetadataError)) throw reason;
        unparsed.push(reason);
        return [];
      }
    });
  return { root, sourceDirs, files, documents, unparsed, apiVersion: config.sourceApiVersion ?? null };
}

/** The documents of one kind, such as `flow`. */
export function documentsOf(project: SfdxProject, kind: string): readonly MetadataDocument[] {
  return project.documents.filter((document) => document.kind === kind);
}

function documentOf(file: string, root: XmlElement): MetadataDocument {
  const parts = /^(.*)\.([A-Za-z]+)-meta\.xml$/.exec(basename(file));
  return {
    file,
    name: parts?.[1] ?? basename(file),
    kind: parts?.[2] ?? "",
    objectName: basename(dirname(dirname(file))),
    root,
  };
}

function findRoot(folder: string): string {
  for (let dir = folder; ; dir = join(dir, "..")) {
    if (existsSync(join(dir, "sfdx-project.json"))) return dir;
    if (resolve(dir) !== resolve(dir, "..")) continue;
    throw new ProjectError(
      `${folder} is in no SFDX project: there is no sfdx-project.json in it or above it. Name another folder.`,
    );
  }
}

function readConfig(root: string): z.infer<typeof projectFile> {
  const file = join(root, "sfdx-project.json");
  try {
    return projectFile.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (reason) {
    const detail = reason instanceof z.ZodError ? z.prettifyError(reason) : String(reason);
    throw new ProjectError(`${file} cannot be read: ${detail}. Repair it.`, { cause: reason });
  }
}

function listFiles(dir: string): readonly string[] {
  try {
    return readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !harmlessFiles.has(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted();
  } catch (reason) {
    throw new ProjectError(`${dir} cannot be read: ${String(reason)}. Name a folder with SFDX source.`, {
      cause: reason,
    });
  }
}
