import { parseArgs } from "node:util";
import type { z } from "zod";
import { orderDetail, orderList } from "../portal/api-schemas.ts";
import { sayEntry, stateWords } from "../portal/pages/words.ts";
import type { Command } from "./commands.ts";
import { readEndpoints } from "./endpoints-file.ts";
import { UsageError } from "./usage-error.ts";

const help = `Usage: sluice orders [--state held] [--limit 50] [--json]
       sluice orders <order id> [--json]

Lists orders of the running service, last changed first; with an order id, tells all that happened to it.
States: ${Object.keys(stateWords).join(", ")}
`;

export const orders: Command = {
  name: "orders",
  summary: "list orders, or tell one order's story",
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h" },
        json: { type: "boolean" },
        state: { type: "string" },
        limit: { type: "string", default: "50" },
      },
    });
    if (values.help === true) {
      process.stdout.write(help);
      return 0;
    }
    const { portal } = readEndpoints(process.env["SLUICE_DATA_DIR"] ?? ".sluice");
    const [orderId] = positionals;
    if (orderId === undefined) {
      const query = new URLSearchParams({
        limit: values.limit,
        ...(values.state === undefined ? {} : { state: values.state }),
      });
      const list = orderList.parse(await get(`${portal}/api/orders?${query.toString()}`));
      process.stdout.write(values.json === true ? `${JSON.stringify(list, null, 2)}\n` : listText(list));
      return 0;
    }
    const detail = orderDetail.parse(await get(`${portal}/api/orders/${encodeURIComponent(orderId)}`));
    process.stdout.write(values.json === true ? `${JSON.stringify(detail, null, 2)}\n` : detailText(detail));
    return 0;
  },
};

async function get(url: string): Promise<unknown> {
  let answer: Response;
  try {
    answer = await fetch(url);
  } catch (cause) {
    throw new UsageError(`the service does not answer at ${new URL(url).origin}. Is it still running?`, {
      cause,
    });
  }
  const body: unknown = await answer.json();
  if (answer.ok) return body;
  const message = (body as { readonly message?: unknown } | null)?.message;
  throw new UsageError(typeof message === "string" ? message : `the service answered ${answer.status}`);
}

function listText(list: z.infer<typeof orderList>): string {
  if (list.orders.length === 0) return "No orders.\n";
  const rows = list.orders.map((order) => [
    order.orderNumber ?? order.orderId,
    stateWords[order.state],
    order.errorCode ??
      (order.stepsTotal === 0 ? "" : `${order.stepsDone}/${order.stepsTotal} ${order.step ?? ""}`),
    order.salesforceStatus ?? "",
    order.accountName ?? "",
  ]);
  const header = ["ORDER", "STATE", "PROGRESS", "IN SALESFORCE", "ACCOUNT"];
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [header, ...rows]
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

function detailText(detail: z.infer<typeof orderDetail>): string {
  const lines = detail.timeline.map((entry) => `  ${entry.at}  ${sayEntry(entry.kind, entry.detail)}`);
  return `Order ${detail.orderNumber ?? detail.orderId}: ${stateWords[detail.state]}; Salesforce shows ${detail.salesforce.status ?? "nothing yet"}\n${lines.join("\n")}\n`;
}
