import { faultKinds } from "../faults/fault-kinds.ts";
import type { FaultKind } from "../faults/fault-kinds.ts";
import type { FaultSubject } from "../faults/fault-registry.ts";
import { optionInputsOf } from "./fault-options.ts";
import type { FaultOptionInput } from "./fault-options.ts";
import { subjectsOf } from "../faults/read-fault-order.ts";
import { subjectLabels, titleOf } from "./fault-words.ts";
import { formatName } from "./format.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import type { FaultTexts } from "./read-fault-form.ts";

export type FaultChoices = {
  readonly topics: readonly string[];
  readonly objects: readonly string[];
};

/** A form that was refused: what was typed, and why. */
export type RefusedFault = { readonly kind: FaultKind; readonly texts: FaultTexts; readonly problem: string };

/** One kind of fault: what it does, a button for the usual case, and everything else on request. */
export function renderFaultCard(kind: FaultKind, choices: FaultChoices, refused: RefusedFault | null): Html {
  const own = refused?.kind === kind ? refused : null;
  const texts = own?.texts ?? {};
  return html`<li class="fault" id="kind-${kind}">
    <div class="about">
      <h3>${titleOf(kind)} <code>${kind}</code></h3>
      <p>${faultKinds[kind].description}</p>
    </div>
    <form method="post" action="/faults/arm">
      <input type="hidden" name="kind" value="${kind}" />
      <button aria-label="Arm once: ${titleOf(kind)}">Arm once</button>
    </form>
    <details id="more-${kind}" ${own === null ? null : html` open`}>
      <summary>When and how</summary>
      <form method="post" action="/faults/arm" class="fault-form">
        <input type="hidden" name="kind" value="${kind}" />
        ${own === null ? null : html`<p class="notice red lines" role="alert">${own.problem}</p>`}
        ${renderSchedule(texts)}
        <div class="inputs">
          ${optionInputsOf(kind).map((option) => renderOption(option, texts))}
          ${subjectsOf(kind).map((subject) => renderSubject(kind, subject, choices, texts))}
        </div>
        <div class="submit"><button class="primary">Arm</button></div>
      </form>
    </details>
  </li>`;
}

function renderSchedule(texts: FaultTexts): Html {
  const how = texts["how"] ?? "times";
  const radio = (value: string, text: string): Html =>
    html`<input type="radio" name="how" value="${value}" ${value === how ? html` checked` : null} /> ${text}`;
  const small = (name: string, fallback: string, label: string): Html =>
    html`<input
      name="${name}"
      value="${texts[name] ?? fallback}"
      inputmode="decimal"
      aria-label="${label}"
    />`;
  return html`<fieldset>
    <legend>How often</legend>
    <div class="choice">
      <label>${radio("times", "the next")}</label> ${small("times", "1", "Times")} times
    </div>
    <div class="choice">
      <label>${radio("rate", "at random, in")}</label> ${small("percent", "20", "Percent")} %, seed
      ${small("seed", "1", "Seed")}
    </div>
    <div class="choice">
      <label>${radio("window", "always, for")}</label> ${small("seconds", "60", "Seconds")} s of the org's
      time
    </div>
  </fieldset>`;
}

function renderOption({ name, type, choices, fallback }: FaultOptionInput, texts: FaultTexts): Html {
  const text = texts[`option.${name}`] ?? fallback;
  const field = `option.${name}`;
  const label = name.endsWith("Ms") ? `${formatName(name.slice(0, -2))} in milliseconds` : formatName(name);
  if (choices.length > 0)
    return renderChoice(
      label,
      field,
      text,
      choices.map((choice) => [choice, choice]),
    );
  if (type === "flag") {
    return html`<label class="check"
      ><input type="checkbox" name="${field}" value="true" ${text === "true" ? html` checked` : null} />
      ${label}</label
    >`;
  }
  return html`<label
    >${label}<input name="${field}" value="${text}" ${type === "number" ? html` inputmode="numeric"` : null}
  /></label>`;
}

function renderSubject(
  kind: FaultKind,
  subject: FaultSubject,
  choices: FaultChoices,
  texts: FaultTexts,
): Html {
  const text = texts[`match.${subject}`] ?? "";
  const label = subjectLabels[subject];
  const field = `match.${subject}`;
  const any = ["", "any"] as const;
  const same = (values: readonly string[]) => values.map((value) => [value, value] as const);
  switch (subject) {
    case "at":
      return renderChoice(label, field, text, [
        ["", "as soon as it can"],
        ["open", "when a stream opens"],
        ["response", "before a response"],
        ["now", "now, on the open streams"],
      ]);
    case "rpc":
      return renderChoice(label, field, text, [
        any,
        ...same(
          kind.startsWith("rpc_")
            ? ["GetTopic", "GetSchema", "Publish"]
            : ["Subscribe", "ManagedSubscribe", "PublishStream"],
        ),
      ]);
    case "method":
      return renderChoice(label, field, text, [any, ...same(["GET", "POST", "PATCH", "DELETE"])]);
    case "topic":
      return renderChoice(label, field, text, [any, ...same(choices.topics)]);
    case "object":
      return renderChoice(label, field, text, [any, ...same(choices.objects)]);
    case "path":
    case "user":
      return html`<label>${label}<input name="${field}" value="${text}" placeholder="any" /></label>`;
  }
}

function renderChoice(
  label: string,
  name: string,
  text: string,
  choices: readonly (readonly [value: string, label: string])[],
): Html {
  return html`<label
    >${label}
    <select name="${name}">
      ${choices.map(
        ([value, shown]) =>
          html`<option value="${value}" ${value === text ? html` selected` : null}>${shown}</option>`,
      )}
    </select></label
  >`;
}
