import { startName } from "./flow-graph.ts";
import type { FlowEdge, FlowVertex } from "./flow-graph.ts";

/** Where the middle of a thing stands in columns, from the left edge, and its row from 0. */
export type PlacedVertex = {
  readonly vertex: FlowVertex | null;
  readonly column: number;
  readonly row: number;
};

/** A connector: down `lane` from its source, and over to its target just above it. */
export type PlacedEdge = {
  readonly edge: FlowEdge;
  readonly from: PlacedVertex;
  readonly to: PlacedVertex;
  readonly lane: number;
};

export type FlowLayout = {
  readonly vertices: readonly PlacedVertex[];
  readonly edges: readonly PlacedEdge[];
  readonly columns: number;
  readonly rows: number;
};

/** How much of a column an end or a lane takes beside other ways out. */
const narrow = 0.6;
/** Longer labels take a whole column. */
const narrowLabel = 10;

type Draft = { readonly vertex: FlowVertex | null; column: number; row: number };
type Lane = {
  readonly edge: FlowEdge;
  readonly from: Draft;
  readonly lane: number;
  readonly end: Draft | null;
};

/**
 * Lays a flow out from the top. Each connector gets columns of its own: those of the node that it reaches first, or a
 * lane beside them when the node was drawn already, so that no connector runs through a node. A node stands below
 * everything that leads to it. Nodes that nothing leads to come last, to the right.
 */
export function layOutFlow(graph: readonly FlowVertex[]): FlowLayout {
  const byName = new Map(graph.map((vertex) => [vertex.name, vertex]));
  const placed = new Map<string, Draft>();
  const ends: Draft[] = [];
  const lanes: Lane[] = [];

  /** Places a node and all that it reaches first, from `left` on; returns how many columns that took. */
  const place = (vertex: FlowVertex, left: number): number => {
    const draft: Draft = { vertex, column: left + 0.5, row: 0 };
    placed.set(vertex.name, draft);
    // The only way on stands in the middle below its node.
    const isOnlyWay = vertex.edges.filter(({ isFault }) => !isFault).length === 1;
    const own: number[] = [];
    let width = 0;
    for (const edge of vertex.edges) {
      const at = left + width;
      const target = edge.target === null ? undefined : byName.get(edge.target);
      if (target !== undefined && !placed.has(target.name)) {
        width += place(target, at);
        const lane = placed.get(target.name)?.column ?? at;
        lanes.push({ edge, from: draft, lane, end: null });
        if (!edge.isFault) own.push(lane);
        continue;
      }
      const isNarrow = (edge.label ?? "").length <= narrowLabel && (edge.isFault || !isOnlyWay);
      const ownWidth = isNarrow ? narrow : 1;
      const lane = at + ownWidth / 2;
      const end: Draft | null = target === undefined ? { vertex: null, column: lane, row: 0 } : null;
      if (end !== null) ends.push(end);
      lanes.push({ edge, from: draft, lane, end });
      if (end !== null && !edge.isFault) own.push(lane);
      width += ownWidth;
    }
    const [first = left + 0.5] = own;
    draft.column = Math.max(left + 0.5, (first + (own.at(-1) ?? first)) / 2);
    return Math.max(1, width);
  };

  let columns = 0;
  for (const vertex of graph) if (!placed.has(vertex.name)) columns += place(vertex, columns);
  setRows(byName, placed);
  for (const { from, end } of lanes) if (end !== null) end.row = from.row + 1;
  const drafts = [...placed.values(), ...ends];
  return {
    vertices: drafts,
    edges: lanes.flatMap(({ edge, from, lane, end }) => {
      const to = end ?? placed.get(edge.target ?? "");
      return to === undefined ? [] : [{ edge, from, to, lane }];
    }),
    columns,
    rows: Math.max(...drafts.map(({ row }) => row)) + 1,
  };
}

/** The row of a node is the longest way to it; a way back up does not count. */
function setRows(byName: ReadonlyMap<string, FlowVertex>, placed: ReadonlyMap<string, Draft>): void {
  const visit = (name: string, row: number, path: ReadonlySet<string>): void => {
    const draft = placed.get(name);
    if (draft === undefined || path.has(name)) return;
    if (row < draft.row || (row === draft.row && path.size > 0 && row > 0 && draft.row > 0)) return;
    draft.row = row;
    for (const { target } of byName.get(name)?.edges ?? []) {
      if (target !== null) visit(target, row + 1, new Set([...path, name]));
    }
  };
  visit(startName, 0, new Set());
  for (const [name, { row }] of placed)
    if (row === 0 && name !== startName) visit(name, 1, new Set([startName]));
}
