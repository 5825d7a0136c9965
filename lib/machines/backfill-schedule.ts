/**
 * The setting `backfillSchedule`: `<days> <HH:mm>`, UTC. The default is Monday morning: the week before is complete, late objects of its
 * Sunday mostly too, and people are about to look.
 */
const DAY = '(?:SUN|MON|TUE|WED|THU|FRI|SAT)';
export const BACKFILL_SCHEDULE = new RegExp(`^(?:DAILY|${DAY}(?:,${DAY}){0,6}) (?:[01]\\d|2[0-3]):[0-5]\\d$`);

/** The cron fields of a schedule that fits {@link BACKFILL_SCHEDULE}. */
export function backfillCron(schedule: string): { weekDay: string; hour: string; minute: string } {
  const [days = '', time = ''] = schedule.split(' ');
  const [hour, minute] = time.split(':').map(Number);
  const weekDay = days === 'DAILY' ? '*' : [...new Set(days.split(','))].join(',');
  return { weekDay, hour: String(hour), minute: String(minute) };
}
