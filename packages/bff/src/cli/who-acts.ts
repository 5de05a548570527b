import { userInfo } from "node:os";

/** Who a command's acts are recorded for in the journal. */
export function whoActs(): string {
  try {
    return `cli:${userInfo().username}`;
  } catch {
    // A user id without a name, as in some containers.
    return `cli:${process.getuid?.() ?? "unknown"}`;
  }
}
