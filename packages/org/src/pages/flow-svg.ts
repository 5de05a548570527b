import type { Flow } from "../flow/flow.ts";
import { formatName } from "./format.ts";
import { graphOf, startName } from "./flow-graph.ts";
import { layOutFlow } from "./flow-layout.ts";
import type { PlacedEdge, PlacedVertex } from "./flow-layout.ts";
import { describeNode, describeStart } from "./flow-words.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";

const columnWidth = 254;
const nodeWidth = 240;
const lineHeight = 18;
const padding = 14;
const gap = 68;
const endHeight = 30;
const charsPerLine = 29;
const maxLines = 4;
const bend = 8;

type Box = {
  readonly kind: string;
  readonly title: string;
  readonly lines: readonly string[];
  readonly tone: string;
};

/** A flow as a picture: the start on top, connectors downwards, ways for faults dashed. */
export function drawFlow(flow: Flow): Html {
  const layout = layOutFlow(graphOf(flow));
  const boxes = new Map(layout.vertices.map((placed) => [placed, boxOf(flow, placed)]));
  const heightOf = (placed: PlacedVertex): number => {
    const box = boxes.get(placed);
    return box === undefined || placed.vertex === null
      ? endHeight
      : padding * 2 + lineHeight * (2 + box.lines.length) - 4;
  };
  const rowHeights = Array.from({ length: layout.rows }, (_row, row) =>
    Math.max(endHeight, ...layout.vertices.filter((placed) => placed.row === row).map(heightOf)),
  );
  const topOf = (row: number): number =>
    rowHeights.slice(0, row).reduce((sum, height) => sum + height + gap, 0) + 2;
  const centreOf = (column: number): number => column * columnWidth;
  const width = layout.columns * columnWidth;
  const height = topOf(layout.rows - 1) + (rowHeights.at(-1) ?? 0) + 2;
  const title = `Diagram of the flow ${formatName(flow.name)}; the outline below says the same in words`;
  return html`<div class="diagram" role="group" tabindex="0" aria-label="${title}">
    <svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" aria-hidden="true">
      <defs>
        ${["plain", "fault"].map(
          (look) =>
            html`<marker
              id="arrow-${look}-${flow.name}"
              class="arrow ${look}"
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              orient="auto"
            >
              <path d="M0 0 L8 4 L0 8 Z" />
            </marker>`,
        )}
      </defs>
      ${layout.edges.map((placed) => drawEdge(flow, placed, { topOf, centreOf, heightOf }))}
      ${layout.vertices.map((placed) =>
        drawVertex(boxes.get(placed), centreOf(placed.column), topOf(placed.row), heightOf(placed)),
      )}
    </svg>
  </div>`;
}

function boxOf(flow: Flow, { vertex }: PlacedVertex): Box | undefined {
  if (vertex === null) return undefined;
  if (vertex.name === startName) {
    const lines = wrap(describeStart(flow), maxLines + 2);
    return { kind: "Start", title: flow.start.objectName, lines, tone: "start" };
  }
  const node = flow.nodes.get(vertex.name);
  if (node === undefined) return undefined;
  const { kind, short } = describeNode(node);
  return { kind, title: formatName(node.name), lines: wrap(short, maxLines), tone: node.kind };
}

function drawVertex(box: Box | undefined, x: number, y: number, height: number): Html {
  if (box === undefined) {
    return html`<g class="end">
      <rect x="${x - 34}" y="${y}" width="68" height="${endHeight}" rx="15" />
      <text x="${x}" y="${y + 20}" text-anchor="middle">End</text>
    </g>`;
  }
  const left = x - nodeWidth / 2;
  const textAt = (line: number): number => y + padding + lineHeight * line + 10;
  return html`<g class="node ${box.tone}">
    <rect x="${left}" y="${y}" width="${nodeWidth}" height="${height}" rx="10" />
    <rect class="edge" x="${left}" y="${y + 10}" width="4" height="${height - 20}" rx="2" />
    <text class="kind" x="${left + padding + 4}" y="${textAt(0)}">${box.kind}</text>
    <text class="title" x="${left + padding + 4}" y="${textAt(1)}">${cut(box.title, charsPerLine - 3)}</text>
    ${box.lines.map((line, index) => html`<text x="${left + padding + 4}" y="${textAt(index + 2)}">${line}</text>`)}
  </g>`;
}

type Places = {
  readonly topOf: (row: number) => number;
  readonly centreOf: (column: number) => number;
  readonly heightOf: (placed: PlacedVertex) => number;
};

function drawEdge(flow: Flow, { edge, from, to, lane }: PlacedEdge, places: Places): Html {
  const { topOf, centreOf, heightOf } = places;
  const look = edge.isFault ? "fault" : "plain";
  const start = { x: centreOf(from.column), y: topOf(from.row) + heightOf(from) };
  const laneX = centreOf(lane);
  const end = { x: centreOf(to.column), y: topOf(to.row) - 1 };
  // A little below the source's row, and for a node further down once more above that one.
  const outY = topOf(from.row + 1) - gap + 18;
  const inY = Math.max(outY, end.y - 16);
  const points = [
    start,
    { x: start.x, y: outY },
    { x: laneX, y: outY },
    { x: laneX, y: inY },
    { x: end.x, y: inY },
    end,
  ];
  const label =
    edge.label === null
      ? null
      : html`<text class="label ${look}" x="${laneX + 8}" y="${outY + 16}">${cut(edge.label, 30)}</text>`;
  return html`<g class="connector ${look}">
    <path d="${roundedPath(points)}" marker-end="url(#arrow-${look}-${flow.name})" />
    ${label}
  </g>`;
}

type Point = { readonly x: number; readonly y: number };

/** A path along the points, with its corners rounded; points that lie on the way are left out. */
function roundedPath(points: readonly Point[]): string {
  const corners = points.filter((point, index) => {
    const before = points[index - 1];
    const after = points[index + 1];
    if (before === undefined || after === undefined) return true;
    const isSame = before.x === point.x && before.y === point.y;
    const isStraight =
      (before.x === point.x && after.x === point.x) || (before.y === point.y && after.y === point.y);
    return !isSame && !isStraight;
  });
  return corners
    .map((point, index) => {
      const before = corners[index - 1];
      const after = corners[index + 1];
      if (before === undefined) return `M${point.x} ${point.y}`;
      if (after === undefined) return `L${point.x} ${point.y}`;
      const start = towards(point, before);
      const end = towards(point, after);
      return `L${start.x} ${start.y} Q${point.x} ${point.y} ${end.x} ${end.y}`;
    })
    .join(" ");
}

/** The point on the way from a corner to its neighbour where the rounding begins. */
function towards(corner: Point, other: Point): Point {
  const length = Math.abs(other.x - corner.x) + Math.abs(other.y - corner.y);
  const share = length === 0 ? 0 : Math.min(bend, length / 2) / length;
  return { x: corner.x + (other.x - corner.x) * share, y: corner.y + (other.y - corner.y) * share };
}

function wrap(text: string, most: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < charsPerLine)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(cut(word, charsPerLine));
  }
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), cut(`${lines[most - 1] ?? ""} …`, charsPerLine)];
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
