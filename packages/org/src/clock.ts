/** The org's time in milliseconds since 1970. Its retention, record times and flows all follow this one clock. */
export type Clock = () => number;

/** In [0, 1). */
export type Random = () => number;
