import { z } from "zod";
import { revisionStates } from "../orders/revision-state.ts";

const time = z.iso.datetime().describe("ISO 8601, UTC");
const nullableTime = time.nullable();
const json = z.record(z.string(), z.unknown());
const state = z.enum(revisionStates);

export const orderRow = z.object({
  orderId: z.string(),
  orderNumber: z.string().nullable(),
  accountName: z.string().nullable(),
  state,
  salesforceStatus: z.string().nullable().describe("What Salesforce was told last"),
  step: z.string().nullable(),
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
  stepsDone: z.int(),
  stepsTotal: z.int().describe("0 until the order is planned"),
  receivedAt: time,
  updatedAt: time,
  completedAt: nullableTime,
});

export const orderList = z.object({
  orders: z.array(orderRow),
  counts: z.partialRecord(state, z.int()).describe("Orders by state"),
});

export const orderQuery = z.object({
  state: state.optional(),
  search: z.string().max(40).optional().describe("Beginning of an order number or an order id"),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  offset: z.coerce.number().int().min(0).default(0),
});

export const streamEntry = z.object({
  entryNo: z.int(),
  at: time,
  orderId: z.string(),
  orderNumber: z.string().nullable(),
  stepName: z.string().nullable(),
  actor: z.string(),
  kind: z.string(),
  detail: json,
});

const step = z.object({
  name: z.string(),
  label: z.string(),
  module: z.string(),
  state: z.string(),
  attempt: z.int(),
  effectKey: z.string().nullable(),
  reference: z.string().nullable().describe("The downstream's own id of the effect"),
  result: json.nullable(),
  errorCode: z.string().nullable(),
  errorSummary: z.string().nullable(),
  wakeAt: nullableTime,
  startedAt: nullableTime,
  finishedAt: nullableTime,
});

export const orderDetail = z.object({
  orderId: z.string(),
  orderNumber: z.string().nullable(),
  state,
  salesforce: z.object({
    status: z.string().nullable(),
    behind: z.boolean(),
    activation: z.string(),
    lastError: z.string().nullable(),
  }),
  revisions: z.array(
    z.object({
      revisionId: z.int(),
      orderNumber: z.string().nullable(),
      requestKey: z.string(),
      state,
      errorCode: z.string().nullable(),
      errorMessage: z.string().nullable(),
      approvedAt: nullableTime,
      receivedAt: time,
      startedAt: nullableTime,
      completedAt: nullableTime,
      order: json.nullable().describe("The order as it was read for this revision"),
      steps: z.array(step),
    }),
  ),
  events: z.array(
    z.object({
      eventId: z.string(),
      replayId: z.string().nullable().describe("Hexadecimal; opaque. Null for what the sweep found"),
      requestKey: z.string(),
      disposition: z.string(),
      deliveries: z.int(),
      receivedAt: time,
    }),
  ),
  timeline: z.array(streamEntry),
});

export const problem = z.object({ code: z.string(), message: z.string() });

export const orderParams = z.object({
  id: z.string().regex(/^[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$/, "a record id has 15 or 18 letters and digits"),
});

const topicStatus = z.object({
  topic: z.string(),
  state: z.enum(["starting", "streaming", "standby", "backing_off", "superseded", "stopped"]),
  reason: z.string().nullable().describe("Why it is not streaming, and what to do"),
  leader: z
    .object({ holder: z.string(), epoch: z.int() })
    .nullable()
    .describe("The process of the deployment that reads the topic"),
  replayId: z.string().nullable().describe("Position of the stored cursor, hexadecimal"),
  lastEventAt: nullableTime,
  received: z.int().describe("Events since the start of this process"),
  outstandingCredit: z.int(),
});

export const intakeStatus = topicStatus.extend({
  orgId: z.string().nullable(),
  mode: z.enum(["live", "observe"]).nullable(),
  goLiveAt: nullableTime.describe("Nothing approved before this moment is ever started"),
  quarantined: z.int().describe("Events in quarantine that nobody decided about"),
  openGaps: z.int(),
  others: z.array(topicStatus).describe("Further topics, when several are read"),
});
