import type { NewRecord, OrgClient } from "./org-client.ts";

// The fixture F01, one eSIM for one household, is what new orders are made after.
const priceBookId = "01sHs0000000001IAA";
const eSimEntryId = "01uHs0000000001IAA";
const fixtureAccountId = "001Hs0000000001IAA";
const fixtureContactId = "003Hs0000000001IAA";

export type NewOrders = {
  readonly count: number;
  /** `fixture`: all belong to one household. `own`: each has a household, and so a billing client, of its own. */
  readonly account: "fixture" | "own";
  /** Price of the only line; the total follows it. */
  readonly unitPrice?: number;
  /** False for orders that have nothing to provision. */
  readonly hasLines?: boolean;
};

/** Creates Draft orders through REST; their ids come in the order of creation. */
export async function createOrders(org: OrgClient, wanted: NewOrders): Promise<readonly string[]> {
  const households = await createHouseholds(org, wanted);
  const orderIds = await org.create(
    households.map(({ accountId, contactId }) => ({
      type: "Order",
      values: {
        AccountId: accountId,
        BillToContactId: contactId,
        Pricebook2Id: priceBookId,
        EffectiveDate: "2026-11-23",
        Status: "Draft",
      },
    })),
  );
  if (wanted.hasLines === false) return orderIds;
  await org.create(
    orderIds.map((orderId) => ({
      type: "OrderItem",
      values: {
        OrderId: orderId,
        PricebookEntryId: eSimEntryId,
        Quantity: 1,
        UnitPrice: wanted.unitPrice ?? 12,
      },
    })),
  );
  return orderIds;
}

type Household = { readonly accountId: string; readonly contactId: string };

async function createHouseholds(org: OrgClient, wanted: NewOrders): Promise<readonly Household[]> {
  const numbers = Array.from({ length: wanted.count }, (_, index) => index + 1);
  if (wanted.account === "fixture") {
    return numbers.map(() => ({ accountId: fixtureAccountId, contactId: fixtureContactId }));
  }
  const accountIds = await org.create(numbers.map((number) => newAccount(number)));
  const contactIds = await org.create(accountIds.map((accountId) => newContact(accountId)));
  return accountIds.map((accountId, index) => ({ accountId, contactId: contactIds[index] ?? "" }));
}

function newAccount(number: number): NewRecord {
  return {
    type: "Account",
    values: {
      Name: `Household ${number}`,
      Phone: "+31612345678",
      BillingStreet: `Lindelaan ${number}`,
      BillingCity: "Haarlem",
      BillingState: "Noord-Holland",
      BillingPostalCode: "2012 AB",
      BillingCountry: "NL",
    },
  };
}

/** The address is the account's id: billing tells its clients apart by e-mail. */
function newContact(accountId: string): NewRecord {
  return {
    type: "Contact",
    values: {
      AccountId: accountId,
      FirstName: "Marta",
      LastName: `Jansen ${accountId}`,
      Email: `${accountId.toLowerCase()}@example.com`,
      Phone: "+31612345678",
    },
  };
}
