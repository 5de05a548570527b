import avsc from "avsc";

/** The event that the benchmarks publish, as the org has it: `metadata/objects/Reading__e`. */
export const readingType = avsc.Type.forSchema(
  {
    type: "record",
    name: "Reading__e",
    fields: [
      { name: "CreatedDate", type: "long" },
      { name: "CreatedById", type: "string" },
      { name: "Sensor__c", type: ["null", "string"] },
      { name: "Value__c", type: ["null", "double"] },
    ],
  },
  { wrapUnions: "never" },
);
