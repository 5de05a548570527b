import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { OrgError } from "../org-core.ts";
import type { FieldDefinition, ObjectDefinition, OrgRecord } from "../org-core.ts";
import { forOwnForms, forVisitors, sendMessagePage, sendNoRecord, sendPage } from "./page-answers.ts";
import type { Visit } from "./page-answers.ts";
import type { PageDeps } from "./page-deps.ts";
import { changedValues, readFormTexts, textsOf } from "./read-record-form.ts";
import type { RecordForm } from "./record-form.ts";
import { nameOf, pathOf } from "./record-links.ts";
import { renderEditPage, renderRecordPage } from "./record-page.ts";
import { renderRecordsPage } from "./records-page.ts";

const listQuery = z.object({ q: z.string().catch(""), page: z.coerce.number().int().min(1).catch(1) });
const objectParams = z.object({ object: z.string() });
const recordParams = z.object({ object: z.string(), id: z.string() });

type Found = { readonly object: ObjectDefinition; readonly record: OrgRecord; readonly id: string };

/** Records of every object: list, detail, and the form to change them. */
export function registerRecordPages(app: FastifyInstance, deps: PageDeps): void {
  const { core } = deps.org;

  app.get(
    "/records/:object",
    forVisitors(deps, (visit) => {
      const { request, reply, frame } = visit;
      const object = core.schema.objects.get(objectParams.parse(request.params).object);
      if (object?.kind !== "object") return sendNoObject(visit);
      if (object.name === "Order") return reply.redirect("/", 303);
      return sendPage(reply, 200, renderRecordsPage(core, frame, object, listQuery.parse(request.query)));
    }),
  );

  app.get(
    "/records/:object/:id",
    forVisitors(deps, (visit) => {
      const found = find(deps, visit);
      if (found === undefined) return sendNoRecord(visit);
      const { object, record, id } = found;
      if (object.name === "Order") return visit.reply.redirect(pathOf("Order", id), 303);
      return sendPage(visit.reply, 200, renderRecordPage(core, visit.frame, object, record));
    }),
  );

  app.get(
    "/records/:object/:id/edit",
    forVisitors(deps, (visit) => {
      const found = find(deps, visit);
      if (found === undefined) return sendNoRecord(visit);
      const texts = textsOf(editable(found.object), found.record);
      return sendForm(deps, visit, found, { typed: texts, was: texts, refusal: null });
    }),
  );

  app.post(
    "/records/:object/:id/edit",
    forOwnForms(deps, (visit) => {
      const found = find(deps, visit);
      if (found === undefined) return sendNoRecord(visit);
      const { object, id } = found;
      const fields = editable(object);
      const form = readFormTexts(fields, visit.request.body);
      if (form === undefined) {
        const text = "The form could not be read. Open it again and repeat the change.";
        return sendMessagePage(visit.reply, 400, visit.frame, { title: "That did not work", text });
      }
      const values = changedValues(fields, form);
      try {
        if (Object.keys(values).length > 0) core.update({ userId: visit.user.id }, object.name, id, values);
      } catch (reason) {
        if (!(reason instanceof OrgError)) throw reason;
        return sendForm(deps, visit, found, { ...form, refusal: reason });
      }
      return visit.reply.redirect(pathOf(object.name, id), 303);
    }),
  );
}

function find({ org }: PageDeps, { request }: Visit): Found | undefined {
  const params = recordParams.parse(request.params);
  const object = org.core.schema.objects.get(params.object);
  const record = object?.kind === "object" ? org.core.get(object.name, params.id) : undefined;
  return object === undefined || record === undefined ? undefined : { object, record, id: params.id };
}

/** What clients may write, the most used fields first, long texts and addresses last. */
function editable({ fields }: ObjectDefinition): readonly FieldDefinition[] {
  const rank = ({ name, required, type }: FieldDefinition): number =>
    required
      ? 0
      : type === "textarea" && !name.endsWith("Street")
        ? 3
        : /^(?:Billing|Shipping|Mailing)/.test(name)
          ? 4
          : name.endsWith("__c")
            ? 2
            : 1;
  return [...fields.values()]
    .filter(({ updateable }) => updateable)
    .toSorted((left, right) => rank(left) - rank(right));
}

function sendForm(
  { org }: PageDeps,
  { reply, frame }: Visit,
  { object, record, id }: Found,
  state: Pick<RecordForm, "typed" | "was" | "refusal">,
) {
  const title = object.name === "Order" ? `Order ${nameOf(object, record)}` : nameOf(object, record);
  const page = renderEditPage(frame, title, {
    ...state,
    core: org.core,
    objectName: object.name,
    fields: editable(object),
    action: `/records/${object.name}/${id}/edit`,
    cancelPath: pathOf(object.name, id),
    submitLabel: "Save",
  });
  return sendPage(reply, state.refusal === null ? 200 : 400, page);
}

function sendNoObject({ reply, frame }: Visit) {
  const text = "The org has no object of this name. The setup lists all it has.";
  return sendMessagePage(reply, 404, frame, { title: "No such object", text });
}
