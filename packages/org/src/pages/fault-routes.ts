import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import type { FaultOrder } from "../faults/fault-registry.ts";
import { isFaultKind } from "../faults/fault-kinds.ts";
import { toStreamFault } from "../pubsub-server/stream-faults.ts";
import { renderFaultsPage } from "./faults-page.ts";
import type { FaultsView } from "./faults-page.ts";
import { forOwnForms, forVisitors, sendMessagePage, sendPage } from "./page-answers.ts";
import type { Visit } from "./page-answers.ts";
import type { PageDeps } from "./page-deps.ts";
import { frameOf } from "./page-frame.ts";
import { readFaultForm, readFaultTexts } from "./read-fault-form.ts";
import { recordObjects } from "./record-links.ts";

const shownEntries = 40;
const logKinds = ["fault:armed", "fault:fired", "fault:ended", "clock:changed"];
const pageQuery = z.object({ struck: z.coerce.number().int().min(0).optional().catch(undefined) });
const disarmForm = z.object({ id: z.coerce.number().int() });
const advanceForm = z.object({
  forMs: z.coerce
    .number()
    .int()
    .min(1)
    .max(366 * 86_400_000),
});
const rateForm = z.object({ rate: z.coerce.number().min(0).max(100_000) });
const setForm = z.object({ at: z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?$/) });

/** Faults to arm and disarm, and the org's clock. */
export function registerFaultPages(app: FastifyInstance, deps: PageDeps): void {
  const { faults, clock, log } = deps.stage;

  app.get(
    "/faults",
    forVisitors(deps, (visit) => {
      const { struck } = pageQuery.parse(visit.request.query);
      return sendFaults(deps, visit, 200, { struck: struck ?? null });
    }),
  );

  app.post(
    "/faults/arm",
    forOwnForms(deps, (visit) => {
      const texts = readFaultTexts(visit.request.body);
      const kind = texts["kind"];
      if (kind === undefined || !isFaultKind(kind)) return sendUnreadable(visit);
      const read = readFaultForm(kind, texts);
      if (read.kind === "wrong") {
        return sendFaults(deps, visit, 400, { refused: { kind, texts, problem: read.problem } });
      }
      return arm(deps, visit, read.order);
    }),
  );

  app.post(
    "/faults/disarm",
    forOwnForms(deps, (visit) => {
      const form = disarmForm.safeParse(visit.request.body);
      // A fault that ended meanwhile is as good as disarmed.
      if (form.success) faults.disarm(form.data.id);
      return visit.reply.redirect("/faults", 303);
    }),
  );

  app.post(
    "/faults/disarm-all",
    forOwnForms(deps, ({ reply }) => {
      faults.disarmAll();
      return reply.redirect("/faults", 303);
    }),
  );

  const changeClock = <Form>(path: string, form: z.ZodType<Form>, change: (form: Form) => void): void => {
    app.post(
      path,
      forOwnForms(deps, (visit) => {
        const read = form.safeParse(visit.request.body);
        if (!read.success) {
          return sendFaults(deps, visit, 400, {
            clockProblem: "That is no time or rate the clock can take.",
          });
        }
        try {
          change(read.data);
        } catch (reason) {
          if (!(reason instanceof RangeError)) throw reason;
          return sendFaults(deps, visit, 400, { clockProblem: `Not done: ${reason.message}.` });
        }
        const { nowMs, rate } = clock.state;
        log.add("clock:changed", { now: new Date(nowMs).toISOString(), rate });
        return visit.reply.redirect("/faults#clock", 303);
      }),
    );
  };
  changeClock("/clock/advance", advanceForm, ({ forMs }) => {
    clock.advance(forMs);
  });
  changeClock("/clock/rate", rateForm, ({ rate }) => {
    clock.setRate(rate);
  });
  changeClock("/clock/restart", z.unknown(), () => {
    clock.restart();
  });
  changeClock("/clock/set", setForm, ({ at }) => {
    clock.set(Date.parse(`${at}Z`));
  });
}

/** A fault for the open streams hits them now; every other one waits for its moment. */
function arm({ stage, strike }: PageDeps, { reply }: Visit, order: FaultOrder): FastifyReply {
  const fault = order.match.at === "now" ? toStreamFault(order) : undefined;
  if (fault !== undefined) {
    const { at: _at, ...match } = order.match;
    return reply.redirect(`/faults?struck=${strike(fault, match)}`, 303);
  }
  stage.faults.arm(order);
  return reply.redirect("/faults", 303);
}

function sendFaults(
  deps: PageDeps,
  { reply, user }: Visit,
  status: number,
  { refused = null, clockProblem = null, struck = null }: Partial<FaultsView>,
): FastifyReply {
  const { org, stage } = deps;
  const page = renderFaultsPage(frameOf(deps, user), {
    refused,
    clockProblem,
    struck,
    armed: stage.faults.list(),
    entries: stage.log.read({ kinds: logKinds, limit: shownEntries }).toReversed(),
    choices: {
      topics: org.core.bus.topics().map(({ name }) => name),
      objects: recordObjects(org.core).map(({ name }) => name),
    },
  });
  return sendPage(reply, status, page);
}

function sendUnreadable({ reply, frame }: Visit): FastifyReply {
  const text = "The form could not be read. Open the faults again and repeat it.";
  return sendMessagePage(reply, 400, frame, { title: "That did not work", text });
}
