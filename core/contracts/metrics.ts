/** Names of the app's own metrics in CloudWatch: the functions that emit them and the alarms on them read this. */
export const METRICS = {
  /** Count: one for every sweep that came to its end. */
  sweepsDone: 'SweepsDone',
  /** Seconds: how long the oldest undelivered message has been waiting; 0 where there is none. */
  outboxAge: 'OutboxAgeSeconds',
  /** Seconds: for how long the channel that took nothing for the longest time has not; every Monday each has something to take. */
  channelAge: 'ChannelAgeSeconds',
} as const;

/** The dimension that the metrics library adds: the function's name. */
export const METRICS_SERVICE = 'sweep';
