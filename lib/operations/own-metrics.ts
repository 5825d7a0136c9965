import { Stack, type Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { METRICS, METRICS_SERVICE } from '../../core/contracts/metrics';

/** One namespace per deployment, so that several in one account do not add up. */
export function metricsNamespace(scope: Construct): string {
  return `Rollcall/${Stack.of(scope).stackName}`;
}

/** One of the app's own metrics. */
export function ownMetric(
  scope: Construct,
  name: keyof typeof METRICS,
  how: { readonly period: Duration; readonly statistic: string },
): Metric {
  return new Metric({
    namespace: metricsNamespace(scope),
    metricName: METRICS[name],
    dimensionsMap: { service: METRICS_SERVICE },
    ...how,
  });
}
