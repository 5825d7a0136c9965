/**
 * List prices in US dollars: us-east-1, Lambda on arm64, standard workflows; no free tier, no discounts. From
 * https://aws.amazon.com/step-functions/pricing/, /lambda/pricing/ and /s3/pricing/ as of November 2026. They differ by region, so the
 * cost in a manifest is an estimate for comparing runs, not an invoice.
 */
const PRICES = {
  stateTransition: 0.025 / 1_000,
  lambdaGbSecond: 0.0000133334,
  lambdaInvocation: 0.2 / 1_000_000,
  /** S3 PUT, COPY, POST, LIST. GET and HEAD cost 0.0004 per 1,000, but the steps count requests without their kind: an upper bound. */
  s3Request: 0.005 / 1_000,
} as const;

/** What a run used. */
export interface Consumption {
  readonly transitions: number;
  readonly invocations: number;
  readonly lambdaGbSeconds: number;
  readonly requests: number;
}

/** What it cost, in US dollars, to a hundredth of a cent's hundredth. */
export function costOf(used: Consumption): number {
  const usd =
    used.transitions * PRICES.stateTransition +
    used.invocations * PRICES.lambdaInvocation +
    used.lambdaGbSeconds * PRICES.lambdaGbSecond +
    used.requests * PRICES.s3Request;
  return Math.round(usd * 1e6) / 1e6;
}
