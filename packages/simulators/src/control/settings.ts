import { z } from "zod";
import type { SystemName } from "../operations.ts";

const delayMs = z.number().int().min(0).max(600_000);
const systemSettings = z.strictObject({ delayMs: delayMs.optional() });

/** How the simulators behave; kept over restarts. */
export const settingsSchema = z.strictObject({
  /** From receipt to answer, milliseconds; the effect happens half-way. Default 0. */
  delayMs,
  /** From acceptance of a network service to its activation, milliseconds. Default 0. */
  activationMs: delayMs,
  /** Overrides for one system. */
  perSystem: z.strictObject({
    billing: systemSettings.optional(),
    network: systemSettings.optional(),
    mail: systemSettings.optional(),
  }),
  /** Addresses that billing listens to, as WHMCS's allow-list; empty: everyone. */
  allowedIps: z.array(z.string().min(1).max(64)).max(100),
});
export type SimulatorSettings = z.infer<typeof settingsSchema>;

/** What PUT takes: fields left out keep their value. */
export const settingsChangeSchema = settingsSchema.partial();
export type SettingsChange = z.infer<typeof settingsChangeSchema>;

export const defaultSettings: SimulatorSettings = {
  delayMs: 0,
  activationMs: 0,
  perSystem: {},
  allowedIps: [],
};

export function changeSettings(settings: SimulatorSettings, change: SettingsChange): SimulatorSettings {
  return {
    delayMs: change.delayMs ?? settings.delayMs,
    activationMs: change.activationMs ?? settings.activationMs,
    perSystem: change.perSystem ?? settings.perSystem,
    allowedIps: change.allowedIps ?? settings.allowedIps,
  };
}

export function delayOf(settings: SimulatorSettings, system: SystemName): number {
  return settings.perSystem[system]?.delayMs ?? settings.delayMs;
}
