import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { OrgError } from "../org-core.ts";
import type { ObjectDefinition } from "../org-core.ts";
import { publishable, renderEventsPage } from "./events-page.ts";
import { readNewestEvents } from "./newest-events.ts";
import { forOwnForms, forVisitors, sendMessagePage, sendPage } from "./page-answers.ts";
import type { Visit } from "./page-answers.ts";
import type { PageDeps } from "./page-deps.ts";
import { renderPublishPage } from "./publish-page.ts";
import { changedValues, readFormTexts } from "./read-record-form.ts";
import type { RecordForm } from "./record-form.ts";
import { TopicTally } from "./topic-tally.ts";

const shownEvents = 100;
const monitorQuery = z.object({ topic: z.string().optional().catch(undefined) });
const publishQuery = z.object({ event: z.string().optional().catch(undefined) });

/** The event monitor, and a form to publish by hand. */
export function registerEventPages(app: FastifyInstance, deps: PageDeps): void {
  const { core } = deps.org;
  const { clock } = deps.stage;
  const tally = new TopicTally(core.bus, () => clock.now());

  app.get(
    "/events",
    forVisitors(deps, ({ request, reply, frame }) => {
      const { topic } = monitorQuery.parse(request.query);
      // Channels carry what other topics carry too.
      const topics = core.bus.topics().flatMap(({ name, schemaId }) => (schemaId === "" ? [] : [name]));
      const wanted = topic === undefined || topic === "" ? null : topic;
      const page = renderEventsPage(frame, {
        core,
        topic: wanted,
        events: readNewestEvents(core.bus, wanted === null ? topics : [wanted], shownEvents),
        topics: tally.counts(),
        streams: deps.streams.list(),
      });
      return sendPage(reply, 200, page);
    }),
  );

  app.get(
    "/events/publish",
    forVisitors(deps, (visit) => {
      const event = chosenEvent(deps, visit);
      if (event === undefined) return sendNoEvent(visit);
      return sendForm(deps, visit, event, { typed: new Map(), was: new Map(), refusal: null });
    }),
  );

  app.post(
    "/events/publish",
    forOwnForms(deps, (visit) => {
      const event = chosenEvent(deps, visit);
      const fields = [...(event?.fields.values() ?? [])];
      const form = readFormTexts(fields, visit.request.body);
      if (event === undefined || form === undefined) return sendNoEvent(visit);
      try {
        core.publish({ userId: visit.user.id }, event.name, changedValues(fields, form));
      } catch (reason) {
        if (!(reason instanceof OrgError)) throw reason;
        return sendForm(deps, visit, event, { ...form, refusal: reason });
      }
      return visit.reply.redirect("/events", 303);
    }),
  );
}

function chosenEvent({ org }: PageDeps, { request }: Visit): ObjectDefinition | undefined {
  const { event } = publishQuery.parse(request.query);
  const events = publishable(org.core);
  return event === undefined ? events[0] : events.find(({ name }) => name === event);
}

function sendForm(
  { org }: PageDeps,
  { reply, frame }: Visit,
  event: ObjectDefinition,
  state: Pick<RecordForm, "typed" | "was" | "refusal">,
): FastifyReply {
  const page = renderPublishPage(frame, publishable(org.core), event, {
    ...state,
    core: org.core,
    objectName: event.name,
    fields: [...event.fields.values()],
    action: `/events/publish?event=${event.name}`,
    cancelPath: "/events",
    submitLabel: "Publish",
  });
  return sendPage(reply, state.refusal === null ? 200 : 400, page);
}

function sendNoEvent({ reply, frame }: Visit): FastifyReply {
  const text = "The metadata has no such platform event. The setup lists those it has.";
  return sendMessagePage(reply, 404, frame, { title: "No such event", text });
}
