import type { z } from "zod";
import { readEndpoints } from "../../../src/cli/endpoints-file.ts";
import { intakeStatus, orderDetail, orderList } from "../../../src/portal/api-schemas.ts";

export type OrderDetail = z.infer<typeof orderDetail>;

/** The portal's HTTP API, checked against the schemas that it publishes. */
export async function readOrderDetail(portalUrl: string, orderId: string): Promise<OrderDetail> {
  return orderDetail.parse(await read(`${portalUrl}/api/orders/${orderId}`));
}

export async function readIntake(portalUrl: string): Promise<z.infer<typeof intakeStatus>> {
  return intakeStatus.parse(await read(`${portalUrl}/api/intake`));
}

export async function readOrderList(portalUrl: string): Promise<z.infer<typeof orderList>> {
  return orderList.parse(await read(`${portalUrl}/api/orders?limit=200`));
}

/** The process id that a running service leaves in its data folder. */
export function readServicePid(dataDir: string): number {
  return readEndpoints(dataDir).pid;
}

async function read(url: string): Promise<unknown> {
  const answer = await fetch(url);
  const body: unknown = await answer.json();
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${JSON.stringify(body)}`);
  return body;
}
