/** Events that may be on their way at a time; the cost of an event is flat from here on, and memory grows with it. */
export const INTAKE_CREDIT = 500;
