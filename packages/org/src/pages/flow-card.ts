import type { Flow, FlowNode } from "../flow/flow.ts";
import { graphOf, startName } from "./flow-graph.ts";
import { drawFlow } from "./flow-svg.ts";
import { describeNode, describeStart } from "./flow-words.ts";
import { formatName } from "./format.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";

/** A flow as a picture, and the same as an outline in words. */
export function renderFlow(flow: Flow, file: string): Html {
  const order =
    flow.triggerOrder === null ? null : html`<span class="muted">order ${flow.triggerOrder}</span>`;
  return html`<section class="card" id="flow-${flow.name}">
    <div class="heading">
      <h3>${formatName(flow.name)}</h3>
      <span class="badge ${flow.isActive ? "green" : "grey"}"
        >${flow.isActive ? "active" : "not active"}</span
      >
      ${order}
    </div>
    ${drawFlow(flow)}
    <details id="outline-${flow.name}">
      <summary>In words</summary>
      <ol class="outline">
        ${graphOf(flow).map(
          ({ name, edges }) =>
            html`<li>
              ${name === startName ? html`<strong>Start.</strong> ${describeStart(flow)}.` : renderNode(flow.nodes.get(name))}
              ${edges.map(
                ({ label, target, isFault }) =>
                  html`<p class="${isFault ? "way fault" : "way"}">
                    ${label === null ? "Then" : label}: ${target === null ? "end" : formatName(target)}
                  </p>`,
              )}
            </li>`,
        )}
      </ol>
    </details>
    ${renderFormulas(flow)}
    <p class="file"><code>${file}</code></p>
  </section>`;
}

function renderNode(node: FlowNode | undefined): Html | null {
  if (node === undefined) return null;
  const { kind, short, lines } = describeNode(node);
  return html`<strong>${formatName(node.name)}.</strong>
    ${kind}${lines.length > 0 || short === "" ? null : html` ${short}`}
    <ul>
      ${lines.map((line) => html`<li>${line}</li>`)}
    </ul>`;
}

function renderFormulas(flow: Flow): Html | null {
  const formulas = [...flow.resources.values()].filter((resource) => resource.kind === "formula");
  if (formulas.length === 0) return null;
  return html`<details id="formulas-${flow.name}">
    <summary>Formulas</summary>
    <dl class="tight">
      ${formulas.map(
        ({ name, formula }) =>
          html`<dt>${name}</dt>
            <dd><code>${formula.source}</code></dd>`,
      )}
    </dl>
  </details>`;
}
