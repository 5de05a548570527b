import type { OrgMetadata } from "../metadata/org-metadata.ts";

/**
 * Shows metadata files from the folder that all of them are in: `salesforce/core/main/…`. Nobody needs to know where
 * on the machine that is.
 */
export function relativeFiles(metadata: OrgMetadata): (file: string) => string {
  const { events, objects, fields, validationRules, valueSets, flows } = metadata;
  const files = [...events, ...objects, ...fields, ...validationRules, ...valueSets, ...flows].map(
    ({ place }) => place.file.split(/[\\/]/),
  );
  const [first = []] = files;
  let shared = 0;
  while (shared < first.length - 1 && files.every((parts) => parts[shared] === first[shared])) shared += 1;
  return (file) =>
    file
      .split(/[\\/]/)
      .slice(Math.max(0, shared - 1))
      .join("/");
}
