import type { AddressInfo } from "node:net";
import fastify from "fastify";
import { billingRoutes } from "./billing/billing-routes.ts";
import type { CallDesk } from "./call/perform-call.ts";
import { systemClock } from "./clock.ts";
import type { SimulatorClock } from "./clock.ts";
import { controlRoutes } from "./control/control-routes.ts";
import { faultListSchema } from "./control/faults.ts";
import { pageRoutes } from "./control/page-routes.ts";
import { defaultSettings, settingsSchema } from "./control/settings.ts";
import { startMailServer } from "./mail/mail-server.ts";
import type { MailServer } from "./mail/mail-server.ts";
import { networkRoutes } from "./network/network-routes.ts";
import { createCallRecords } from "./records/call-records.ts";
import { openRecords } from "./records/database.ts";
import { createStoredValue } from "./records/stored-value.ts";
import { listenFailure } from "./simulator-start-error.ts";

export type SimulatorOptions = {
  /** HTTP; 0 takes any free port. */
  readonly port: number;
  /** SMTP; 0 takes any free port. */
  readonly smtpPort: number;
  /** The records, made when missing; `:memory:` forgets everything at the end. */
  readonly databaseFile: string;
  /** Address to listen on. Default `127.0.0.1`: the control interface has no sign-in. */
  readonly host?: string;
  readonly clock?: SimulatorClock;
  /** Gets one line for each effect. Must not throw. */
  readonly onLine?: (text: string) => void;
};

export type Simulators = {
  /** `http://host:port` */
  readonly url: string;
  /** `smtp://host:port` */
  readonly smtpUrl: string;
  readonly smtpPort: number;
  /** Ends calls in progress without an answer and closes the records. */
  readonly close: () => Promise<void>;
};

/**
 * Starts billing, network and mail with their control interface.
 *
 * @throws {SimulatorStartError} `port_in_use`, `port_not_allowed` or `data_unusable`; nothing stays open then.
 */
export async function startSimulators(options: SimulatorOptions): Promise<Simulators> {
  const host = options.host ?? "127.0.0.1";
  const database = openRecords(options.databaseFile);
  const closing = new AbortController();
  const desk: CallDesk = {
    database,
    records: createCallRecords(database),
    settings: createStoredValue(database, "settings", settingsSchema, defaultSettings),
    faults: createStoredValue(database, "faults", faultListSchema, []),
    clock: options.clock ?? systemClock,
    signal: closing.signal,
    onLine: options.onLine ?? (() => undefined),
  };
  const server = fastify({ forceCloseConnections: true, bodyLimit: 2_000_000 });
  let mail: MailServer | undefined;
  const close = async (): Promise<void> => {
    closing.abort(new Error("the simulators are closing"));
    await mail?.close();
    await server.close();
    database.close();
  };
  try {
    mail = await startMail(desk, host, options.smtpPort);
    const smtpUrl = `smtp://${host}:${mail.port}`;
    await server.register(async (scope) => billingRoutes(scope, desk));
    networkRoutes(server, desk);
    controlRoutes(server, desk, smtpUrl);
    pageRoutes(server);
    const port = await listenHttp(server, host, options.port);
    return { url: `http://${host}:${port}`, smtpUrl, smtpPort: mail.port, close };
  } catch (reason) {
    await close();
    throw reason;
  }
}

async function startMail(desk: CallDesk, host: string, port: number): Promise<MailServer> {
  try {
    return await startMailServer(desk, host, port);
  } catch (reason) {
    throw listenFailure(reason, { what: "SMTP", variable: "SIM_SMTP_PORT", host, port });
  }
}

async function listenHttp(server: ReturnType<typeof fastify>, host: string, port: number): Promise<number> {
  try {
    await server.listen({ host, port });
  } catch (reason) {
    throw listenFailure(reason, { what: "HTTP", variable: "SIM_PORT", host, port });
  }
  return (server.server.address() as AddressInfo).port;
}
