import type { FieldDefinition } from "../org-core.ts";

/** Lookup field → the name under which the parent lists its children in SOQL. */
const names: ReadonlyMap<string, string> = new Map([
  ["Contact.AccountId", "Contacts"],
  ["Order.AccountId", "Orders"],
  ["Order.Pricebook2Id", "Orders"],
  ["OrderItem.OrderId", "OrderItems"],
  ["OrderItem.PricebookEntryId", "OrderItems"],
  ["OrderItem.Product2Id", "OrderItems"],
  ["PricebookEntry.Pricebook2Id", "PricebookEntries"],
  ["PricebookEntry.Product2Id", "PricebookEntries"],
  ["PermissionSetAssignment.AssigneeId", "PermissionSetAssignments"],
  ["PermissionSetAssignment.PermissionSetId", "Assignments"],
  ["ObjectPermissions.ParentId", "ObjectPerms"],
]);

/**
 * Custom lookups say their name themselves.
 *
 * @returns undefined for a lookup that this org does not offer as a child query.
 */
export function childRelationshipName(childObject: string, lookup: FieldDefinition): string | undefined {
  return lookup.childRelationshipName ?? names.get(`${childObject}.${lookup.name}`);
}
