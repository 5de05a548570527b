import { isAbsolute, relative, resolve, sep } from "node:path";

/** The path as seen from a folder: what is written is the same wherever the project lies on a disk. */
export function portablePath(path: string, folder: string): string {
  const inside = relative(folder, resolve(folder, path)).replaceAll(sep, "/");
  if (inside === "") return ".";
  return isAbsolute(inside) ? path : inside;
}

/** A path as it stands in a shell command. */
export function toArgument(path: string): string {
  return /^[\w./@+:-]+$/.test(path) ? path : JSON.stringify(path);
}
