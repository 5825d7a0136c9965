/** The partition's prefix in the source. */
export const PREFIX = 'flights/2026/01/20/05/';
/** 120 minutes after its end. */
export const DEADLINE = '2026-01-20T08:00:00.000Z';
