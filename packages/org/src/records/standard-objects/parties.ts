import type { ObjectDefinition } from "../../org-core.ts";
import { address, email, flag, longText, lookup, object, phone, picklist, text } from "./define-field.ts";

/** The org itself, its users, and the customers. */
export const partyObjects: readonly ObjectDefinition[] = [
  object("Organization", "00D", [
    text("Name", 80, { required: true }),
    flag("IsSandbox", { writable: "create" }),
    picklist("OrganizationType", { writable: "create" }),
    text("InstanceName", 5, { writable: "create" }),
    picklist("LanguageLocaleKey"),
    picklist("TimeZoneSidKey"),
  ]),
  object("User", "005", [
    text("Username", 80, { required: true }),
    text("FirstName", 40),
    text("LastName", 80, { required: true }),
    text("Name", 121, { writable: "never", label: "Full Name" }),
    email("Email", { required: true }),
    text("Alias", 8),
    flag("IsActive", { defaultValue: true }),
    picklist("UserType", { writable: "create", defaultValue: "Standard" }),
    picklist("LanguageLocaleKey"),
    picklist("TimeZoneSidKey"),
  ]),
  object("Account", "001", [
    text("Name", 255, { required: true, label: "Account Name" }),
    text("AccountNumber", 40),
    picklist("Type"),
    phone("Phone"),
    ...address("Billing"),
    ...address("Shipping"),
    longText("Description", 32_000),
    lookup("OwnerId", "User"),
  ]),
  object("Contact", "003", [
    lookup("AccountId", "Account", { onParentDelete: "cascade" }),
    text("FirstName", 40),
    text("LastName", 80, { required: true }),
    text("Name", 121, { writable: "never", label: "Full Name" }),
    email("Email"),
    phone("Phone"),
    phone("MobilePhone"),
    ...address("Mailing"),
    longText("Description", 32_000),
    lookup("OwnerId", "User"),
  ]),
];
