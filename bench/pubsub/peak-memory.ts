import { readFileSync } from "node:fs";

/**
 * The most memory that this process had resident, in bytes. On Linux not `maxRSS`, which starts with the peak of the
 * process that forked this one.
 */
export function peakResidentBytes(): number {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS * 1_024;
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  if (kibibytes === undefined) throw new Error("/proc/self/status tells no VmHWM");
  return Number(kibibytes) * 1_024;
}
