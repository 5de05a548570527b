import type { z } from "zod";
import type { intakeStatus } from "./api-schemas.ts";

/** What the subscription is doing, as the API and the pages show it. */
export type IntakeView = z.infer<typeof intakeStatus>;
