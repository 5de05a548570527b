export { demoAccess } from "./auth/demo-access.ts";
export { loadJwtKeyPair } from "./auth/jwt-key-pair.ts";
export type { JwtKeyPair } from "./auth/jwt-key-pair.ts";
export { OrgStartError } from "./org-start-error.ts";
export type { OrgStartErrorCode } from "./org-start-error.ts";
export { OrgError } from "./org-core.ts";
export type { Actor, BusEvent, EventBus, FieldValue, OrgCore, OrgRecord } from "./org-core.ts";
export { startOrg } from "./start-org.ts";
export type { RunningOrg, StartOrgOptions } from "./start-org.ts";
