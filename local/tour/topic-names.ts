/** The topics of `npm run local -- tour`: by themselves, so that the help need not load the stories. */
export const TOPICS = ['circuit', 'failing', 'fallback', 'upstream'] as const;
export type TopicName = (typeof TOPICS)[number];
