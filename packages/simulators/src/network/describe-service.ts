import { issueValues } from "./issued-values.ts";
import type { Characteristics, NetworkService, Specification } from "./network-store.ts";

/** A service as clients see it. */
export type ServiceDocument = {
  readonly id: string;
  readonly href: string;
  readonly externalId: string;
  readonly specification: Specification;
  readonly name: string;
  readonly state: "inactive" | "active";
  /** When it was accepted. */
  readonly serviceDate: string;
  /** Absent until active. */
  readonly startDate?: string;
  readonly monitor: { readonly id: string; readonly href: string };
  readonly characteristics: Characteristics;
};

/** The task behind an accepted service. `response` appears when it is completed. */
export type MonitorDocument = {
  readonly id: string;
  readonly href: string;
  readonly sourceHref: string;
  readonly externalId: string;
  readonly state: "InProgress" | "Completed";
  readonly response?: { readonly statusCode: "201"; readonly body: ServiceDocument };
};

export function describeService(service: NetworkService, nowMs: number): ServiceDocument {
  const shared = {
    id: serviceId(service),
    href: serviceHref(service),
    externalId: service.externalId,
    specification: service.specification,
    name: service.name,
    serviceDate: service.acceptedAt,
    monitor: { id: monitorId(service), href: monitorHref(service) },
  };
  if (!isActive(service, nowMs)) {
    return { ...shared, state: "inactive", characteristics: service.characteristics };
  }
  return {
    ...shared,
    state: "active",
    startDate: new Date(service.dueAtMs).toISOString(),
    characteristics: { ...service.characteristics, ...issueValues(service) },
  };
}

export function describeMonitor(service: NetworkService, nowMs: number): MonitorDocument {
  const shared = {
    id: monitorId(service),
    href: monitorHref(service),
    sourceHref: serviceHref(service),
    externalId: service.externalId,
  };
  if (!isActive(service, nowMs)) return { ...shared, state: "InProgress" };
  const response = { statusCode: "201", body: describeService(service, nowMs) } as const;
  return { ...shared, state: "Completed", response };
}

/** The number in `s-12` or `m-12`; undefined for anything else. */
export function numberOfId(id: string, prefix: "s" | "m"): number | undefined {
  const digits = /^([sm])-(\d{1,12})$/.exec(id);
  return digits?.[1] === prefix ? Number(digits[2]) : undefined;
}

function isActive(service: NetworkService, nowMs: number): boolean {
  return service.dueAtMs <= nowMs;
}

const serviceId = (service: NetworkService): string => `s-${service.id}`;
const serviceHref = (service: NetworkService): string => `/network/service/${serviceId(service)}`;
const monitorId = (service: NetworkService): string => `m-${service.id}`;
const monitorHref = (service: NetworkService): string => `/network/monitor/${monitorId(service)}`;
