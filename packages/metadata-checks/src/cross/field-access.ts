import { childOf, childText, childrenOf } from "../element-children.ts";
import { findingAt } from "../finding.ts";
import type { Finding } from "../finding.ts";
import { documentsOf } from "../sfdx-project.ts";
import type { MetadataDocument } from "../sfdx-project.ts";
import type { CrossResult, ProjectView } from "./project-view.ts";

/** The platform's limits on texts about a field, in characters. */
const textLimits = { label: 40, description: 1_000, inlineHelpText: 510 } as const;

/** Every custom field explains itself, list views show fields that exist, and somebody may see each field. */
export function checkFields(view: ProjectView): CrossResult {
  const { project } = view;
  const fields = documentsOf(project, "field");
  const permissionSets = documentsOf(project, "permissionset");
  const granted = new Set(
    permissionSets.flatMap(({ root }) =>
      childrenOf(root, "fieldPermissions").map((permission) => childText(permission, "field")),
    ),
  );
  return {
    seen: fields.length,
    findings: [
      ...fields.flatMap(checkTexts),
      ...(permissionSets.length === 0 ? [] : fields.flatMap((field) => checkGrant(field, granted))),
      ...documentsOf(project, "listView").flatMap((listView) => checkListView(view, listView)),
    ],
  };
}

function checkTexts({ root, objectName, name }: MetadataDocument): readonly Finding[] {
  return Object.entries(textLimits).flatMap(([element, limit]) => {
    const text = childOf(root, element);
    const field = `${objectName}.${name}`;
    if (text === undefined || text.text === "") {
      return [findingAt(root.place, `The field ${field} has no <${element}>. Say what it is for.`)];
    }
    if (text.text.length <= limit) return [];
    return [
      findingAt(text.place, `<${element}> of ${field} is longer than ${limit} characters. Shorten it.`),
    ];
  });
}

/** A field that no permission set names is deployed and seen by nobody. Events have no field permissions. */
function checkGrant(field: MetadataDocument, granted: ReadonlySet<string>): readonly Finding[] {
  const path = `${field.objectName}.${field.name}`;
  const isOpen = field.objectName.endsWith("__e") || childText(field.root, "required") === "true";
  if (isOpen || granted.has(path)) return [];
  const message = `No permission set grants ${path}, so nobody sees it. Add <fieldPermissions> to one.`;
  return [findingAt(field.root.place, message)];
}

/** Custom fields go by their names in list views; standard ones have names of their own, which are not checked. */
function checkListView({ schema }: ProjectView, { root, objectName }: MetadataDocument): readonly Finding[] {
  const named = [
    ...childrenOf(root, "columns"),
    ...childrenOf(root, "filters").flatMap((filter) => childrenOf(filter, "field")),
  ];
  return named.flatMap((element) => {
    if (!element.text.endsWith("__c") || schema.objects.get(objectName)?.fields.has(element.text) === true)
      return [];
    return [findingAt(element.place, `${objectName} has no field "${element.text}". Correct the name.`)];
  });
}
