/** Avro schemas as an org gives them out; none of them has all that others have. */

const optional = (name: string, type: unknown, doc?: string) => ({
  name,
  type: Array.isArray(type) ? ["null", ...type] : ["null", type],
  ...(doc === undefined ? {} : { doc }),
  default: null,
});

export const orderEvent = {
  type: "record",
  name: "Order_Event__e",
  namespace: "com.sforce.eventbus",
  fields: [
    { name: "CreatedDate", type: "long", doc: "CreatedDate:DateTime" },
    { name: "CreatedById", type: "string", doc: "CreatedBy:EntityId" },
    optional("Order_Number__c", "string", "Data:Text:00NHs00000AAAAAAAA"),
    optional("City__c", "string", "Data:Text:00NHs00000AAAAAAAB"),
    optional("Amount__c", "double", "Data:Double:00NHs00000AAAAAAAC"),
  ],
};

const headerTexts = ["entityName", "changeOrigin", "transactionKey", "commitUser"];
const headerLists = ["recordIds", "nulledFields", "diffFields", "changedFields"];

export const accountChangeEvent = {
  type: "record",
  name: "AccountChangeEvent",
  namespace: "com.sforce.eventbus",
  fields: [
    {
      name: "ChangeEventHeader",
      type: {
        type: "record",
        name: "ChangeEventHeader",
        fields: [
          ...headerTexts.map((name) => ({ name, type: "string" })),
          ...headerLists.map((name) => ({ name, type: { type: "array", items: "string" } })),
          {
            name: "changeType",
            type: {
              type: "enum",
              name: "ChangeType",
              symbols: [
                "CREATE",
                "UPDATE",
                "DELETE",
                "UNDELETE",
                "GAP_CREATE",
                "GAP_UPDATE",
                "GAP_DELETE",
                "GAP_UNDELETE",
                "GAP_OVERFLOW",
                "SNAPSHOT",
              ],
            },
          },
          { name: "sequenceNumber", type: "int" },
          { name: "commitTimestamp", type: "long" },
          { name: "commitNumber", type: "long" },
        ],
      },
    },
    optional(
      "Name",
      [
        "string",
        {
          type: "record",
          name: "Switchable_PersonName",
          fields: [
            optional("Salutation", "string", "Data:DynamicEnum:00NHs00000AAAAAAAA"),
            optional("LastName", "string", "Data:Text:00NHs00000AAAAAAAB"),
          ],
        },
      ],
      "Data:SwitchablePersonName:00NHs00000AAAAAAAC",
    ),
    optional("BillingAddress", {
      type: "record",
      name: "Address",
      fields: [optional("Street", "string"), optional("Latitude", "double")],
    }),
    optional("ShippingAddress", "Address"),
    optional("LastActivityDate", "long", "Data:DateOnly:00NHs00000AAAAAAAD"),
    optional("LastModifiedDate", "long", "Data:DateTime:00NHs00000AAAAAAAE"),
    optional("Revenue__c", "long", "Data:Long:00NHs00000AAAAAAAF"),
    optional("Rating__c", ["int", "double"], "Data:Number */ export const injected = 1; /*"),
  ],
};

/** As long as names can be, so that nothing fits into a line. */
export const longNames = {
  type: "record",
  name: "An_Event_With_A_Name_Of_Forty_Letters_Xx__ChangeEvent",
  namespace: "com.sforce.eventbus",
  fields: [
    optional("A_Field_With_A_Name_Of_Forty_Letters_Xxx__c", [
      "string",
      {
        type: "record",
        name: "Switchable_PersonName_Of_Another_Kind",
        fields: [
          optional("Kind", { type: "enum", name: "Kind", symbols: ["One", "Two"] }),
          optional("A_Field_With_A_Name_Of_Forty_Letters_Xxx__c", {
            type: "record",
            name: "An_Address_With_A_Name_Of_Forty_Letters",
            fields: [optional("Street", "string")],
          }),
        ],
      },
      {
        type: "enum",
        name: "Words",
        symbols: Array.from({ length: 9 }, (_unused, index) => `A_LONG_SYMBOL_${index}`),
      },
    ]),
    {
      name: "Never_Null_With_A_Name_Of_Forty_Letters_x",
      type: ["double", "Switchable_PersonName_Of_Another_Kind", "Words"],
    },
    optional("Lists__c", { type: "array", items: ["null", "long"] }),
    optional("Words__c", { type: "map", values: "string" }),
  ],
};
