/** Events that may wait in the client for a place in a batch; the cost of an event is flat from here on. */
export const INTAKE_CREDIT = 500;
