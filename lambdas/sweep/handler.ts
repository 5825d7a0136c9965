import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRICS, METRICS_SERVICE } from '../../core/contracts/metrics';
import { createSnsClient, escalate } from '../../core/runtime/aws/escalation';
import { createSfnClient, describeEnding, listExecutions, startOnce } from '../../core/runtime/aws/executions';
import { createRecorder } from '../../core/runtime/recording/recorder';
import { stepHandler } from '../../core/runtime/step/step';
import { Store } from '../../core/runtime/store/store';
import { sweep } from './sweep';

const sfn = createSfnClient();
const sns = createSnsClient();
const recorder = createRecorder(sfn);

/** Sweep: every 10 minutes, finds what has no ending, was never started or was not told. Its input says nothing. */
export const handler = stepHandler('sweep', async (context) => {
  const { env, s3 } = context;
  const { PARTITION_RUN_ARN: machine, BACKFILL_ARN: backfill, METRICS_NAMESPACE: namespace } = env;
  const source = { namespace, topicArn: env.ESCALATION_TOPIC_ARN };
  const metrics = new Metrics({ namespace, serviceName: METRICS_SERVICE });
  try {
    return await sweep({
      ...recorder(context),
      lake: new Store(s3, env.LAKE_BUCKET),
      executions: {
        lists: () => [machine, backfill].map((arn) => listExecutions(sfn, arn)),
        describe: (arn) => describeEnding(sfn, arn),
        startOnce: (name, input) => startOnce(sfn, machine, name, input),
        startBackfillOnce: (name, input) => startOnce(sfn, backfill, name, input),
      },
      escalate: (incident, over) => escalate(sns, source, incident, over),
      onOutbox: (ageSeconds) => metrics.addMetric(METRICS.outboxAge, MetricUnit.Seconds, ageSeconds),
      onChannels: (ageSeconds) => metrics.addMetric(METRICS.channelAge, MetricUnit.Seconds, ageSeconds),
    });
  } finally {
    // Also where parts of it failed: it came to its end, and the errors have an alarm of their own.
    metrics.addMetric(METRICS.sweepsDone, MetricUnit.Count, 1);
    metrics.publishStoredMetrics();
  }
});
