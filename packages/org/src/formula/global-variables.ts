/** Global variables that Salesforce has in flows and formulas and this org has not. */
const unsupported: ReadonlySet<string> = new Set([
  "$Api",
  "$Client",
  "$CustomMetadata",
  "$Label",
  "$ObjectType",
  "$Orchestration",
  "$Organization",
  "$Permission",
  "$Profile",
  "$Request",
  "$Setup",
  "$System",
  "$UserRole",
]);

/** What to say about a path that starts with such a variable; undefined for every other path. */
export function unsupportedGlobal(path: string): string | undefined {
  const [root = ""] = path.split(".");
  if (!unsupported.has(root)) return undefined;
  return `This org does not know ${root}, so it cannot read "${path}". Put the value into a constant or a field.`;
}
