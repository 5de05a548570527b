import { parseArgs } from "node:util";
import type { z } from "zod";
import { orderDetail, orderList } from "../portal/api-schemas.ts";
import { sayEntry, stateWords } from "../portal/pages/words.ts";
import type { Command } from "./commands.ts";
import { openServiceClient } from "./service-client.ts";
import { alignedTable } from "./table.ts";

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
    const service = openServiceClient(process.env);
    const [orderId] = positionals;
    if (orderId === undefined) {
      const query = new URLSearchParams({
        limit: values.limit,
        ...(values.state === undefined ? {} : { state: values.state }),
      });
      const list = await service.get(`/api/orders?${query.toString()}`, orderList);
      process.stdout.write(values.json === true ? `${JSON.stringify(list, null, 2)}\n` : listText(list));
      return 0;
    }
    const detail = await service.get(`/api/orders/${encodeURIComponent(orderId)}`, orderDetail);
    process.stdout.write(values.json === true ? `${JSON.stringify(detail, null, 2)}\n` : detailText(detail));
    return 0;
  },
};

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
  return alignedTable(header, rows);
}

function detailText(detail: z.infer<typeof orderDetail>): string {
  const lines = detail.timeline.map((entry) => `  ${entry.at}  ${sayEntry(entry.kind, entry.detail)}`);
  return `Order ${detail.orderNumber ?? detail.orderId}: ${stateWords[detail.state]}; Salesforce shows ${detail.salesforce.status ?? "nothing yet"}\n${lines.join("\n")}\n`;
}
