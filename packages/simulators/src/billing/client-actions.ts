import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { Outcome } from "../call/perform-call.ts";
import { businessError, found, withoutKey } from "./billing-call.ts";
import type { BillingActions, BillingAnswer, BillingCall } from "./billing-call.ts";
import {
  clientTextFields,
  findClient,
  findClientByEmail,
  insertClient,
  searchClients,
} from "./client-store.ts";
import type { BillingClient, ClientTextField, NewClient } from "./client-store.ts";
import { field, integerField, isSet } from "./form.ts";
import type { Form } from "./form.ts";
import { pageHeader, readPageRequest } from "./paging.ts";
import { readSluiceKey } from "./php-array.ts";

/** What concerns customers. */
export const clientActions: BillingActions<"GetClients" | "GetClientsDetails" | "AddClient"> = {
  GetClients: { keyOf: withoutKey, run: getClients },
  GetClientsDetails: { keyOf: withoutKey, run: getClientsDetails },
  AddClient: { keyOf: (form) => readSluiceKey(field(form, "customfields")) || null, run: addClient },
};

function getClients({ form, database }: BillingCall): Outcome<BillingAnswer> {
  const request = readPageRequest(form);
  const page = searchClients(database, field(form, "search"), request);
  const client = page.items.map((item) => ({
    id: String(item.id),
    firstname: item.firstname,
    lastname: item.lastname,
    companyname: item.companyname,
    email: item.email,
    datecreated: item.createdAt.slice(0, 10),
    groupid: "0",
    status: "Active",
  }));
  return found({ ...pageHeader(page, request), clients: { client } });
}

function getClientsDetails({ form, database }: BillingCall): Outcome<BillingAnswer> {
  const client = findByIdOrEmail(form, database);
  if (client === undefined) return businessError("Client Not Found");
  return found({ userid: client.id, client: describeClient(client) });
}

function findByIdOrEmail(form: Form, database: DatabaseSync): BillingClient | undefined {
  if (field(form, "clientid") === "") return findClientByEmail(database, field(form, "email"));
  const id = integerField(form, "clientid");
  return id === undefined ? undefined : findClient(database, id);
}

function describeClient(client: BillingClient): Readonly<Record<string, unknown>> {
  const texts = Object.fromEntries(clientTextFields.map((name) => [name, client[name]]));
  return {
    ...texts,
    id: client.id,
    uuid: client.uuid,
    fullname: `${client.firstname} ${client.lastname}`,
    status: "Active",
    credit: "0.00",
    currency_code: "EUR",
    defaultgateway: "",
    customfields: [{ id: 1, value: client.sluiceKey }],
  };
}

/** The fields that WHMCS insists on, in the words it uses for them. */
const requiredFields: readonly (readonly [ClientTextField | "password2", string])[] = [
  ["firstname", "first name"],
  ["lastname", "last name"],
  ["email", "email address"],
  ["address1", "address (line 1)"],
  ["city", "city"],
  ["state", "state"],
  ["postcode", "postcode"],
  ["phonenumber", "phone number"],
  ["password2", "password"],
];

function addClient({ form, database, now }: BillingCall): Outcome<BillingAnswer> {
  const missing = requiredFields.find(
    ([name]) => field(form, name) === "" && (name === "email" || !isSet(form, "skipvalidation")),
  );
  if (missing !== undefined) return businessError(`You did not enter your ${missing[1]}`);
  if (!/^[A-Za-z]{2}$/.test(field(form, "country"))) return businessError("Valid country required");
  const client = readNewClient(form, now);
  if (findClientByEmail(database, client.email) !== undefined) {
    return businessError("A user already exists with that email address");
  }
  const clientId = insertClient(database, client);
  return {
    answer: { result: "success", clientid: clientId },
    effects: [
      {
        key: client.sluiceKey || null,
        reference: `client ${clientId}`,
        line: `billing: client ${clientId} added`,
      },
    ],
  };
}

function readNewClient(form: Form, now: string): NewClient {
  const text = (name: ClientTextField): string => field(form, name);
  return {
    firstname: text("firstname"),
    lastname: text("lastname"),
    companyname: text("companyname"),
    email: text("email"),
    address1: text("address1"),
    city: text("city"),
    state: text("state"),
    postcode: text("postcode"),
    country: text("country").toUpperCase(),
    phonenumber: text("phonenumber"),
    uuid: uuidOf(text("email")),
    sluiceKey: readSluiceKey(field(form, "customfields")),
    createdAt: now,
  };
}

// Derived from the address, which is unique here, so that the stand-in needs no randomness.
function uuidOf(email: string): string {
  const hex = createHash("sha256").update(email.toLowerCase()).digest("hex");
  const variant = `8${hex.slice(17, 20)}`;
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, variant, hex.slice(20, 32)].join("-");
}
