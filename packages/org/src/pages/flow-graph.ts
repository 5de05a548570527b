import type { Flow, FlowNode, Link } from "../flow/flow.ts";
import { formatName } from "./format.ts";

/** A connector of a flow as it is drawn; `target` is null where the flow ends. */
export type FlowEdge = {
  readonly label: string | null;
  readonly target: string | null;
  readonly isFault: boolean;
};

/** A node with the ways out of it, in the order in which they are drawn from the left. */
export type FlowVertex = { readonly name: string; readonly edges: readonly FlowEdge[] };

/** The name of the start in the graph; no node can be called so. */
export const startName = "$start";

/** The nodes that the start reaches, and the others after them. */
export function graphOf({ start, nodes }: Flow): readonly FlowVertex[] {
  return [
    { name: startName, edges: [edge(null, start.next)] },
    ...[...nodes.values()].map((node) => ({ name: node.name, edges: edgesOf(node) })),
  ];
}

/** Read by shape and not by kind, so that a new kind with the usual connectors is drawn right. */
function edgesOf(node: FlowNode): readonly FlowEdge[] {
  const edges: FlowEdge[] = [];
  if ("rules" in node) {
    for (const { name, next } of node.rules) edges.push(edge(formatName(name), next));
  }
  if ("otherwise" in node) edges.push(edge("otherwise", node.otherwise));
  // A refusal is an end by itself.
  if ("next" in node && (node.kind !== "custom_error" || node.next !== null))
    edges.push(edge(null, node.next));
  if ("fault" in node && node.fault !== null) {
    edges.push({ label: "on a fault", target: node.fault.target, isFault: true });
  }
  return edges;
}

function edge(label: string | null, link: Link | null): FlowEdge {
  return { label, target: link?.target ?? null, isFault: false };
}
