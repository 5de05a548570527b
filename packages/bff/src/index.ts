export { systemClock } from "./clock.ts";
export type { Clock } from "./clock.ts";
export { startService } from "./compose.ts";
export type { Service, ServiceDeps } from "./compose.ts";
export type { SalesforceConfig, ServiceConfig } from "./service-config.ts";
export { StartError } from "./start-error.ts";
export { createLog } from "./telemetry/log.ts";
