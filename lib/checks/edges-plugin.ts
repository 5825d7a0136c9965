import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { IPolicyValidationContext, IPolicyValidationPlugin, PolicyValidationPluginReport } from 'aws-cdk-lib';
import type { CfnTemplate } from '../../edges/cfn';
import { edgesOf } from '../../edges/check';
import { withNested } from '../../edges/nested';
import { lineOf } from '../../edges/edge-lines';
import { LOCAL_PLACE } from '../../edges/resource';

/** What at synth is wrong for certain; what this check does not know, `npm run edges` reports. */
const WRONG = new Set(['denied', 'nothing allows it']);

/**
 * Proves at every synth that AWS is allowed to do what the template has it do by itself: alarms that publish, rules and schedules that
 * start, machines that call, failures that go to queues (docs/decisions/edges.md). One that nothing allows fails the synth: deployed, it
 * would fail in silence.
 */
export class ProvenEdges implements IPolicyValidationPlugin {
  readonly name = 'edges';
  readonly ruleIds = [...WRONG];

  validate({ templatePaths }: IPolicyValidationContext): PolicyValidationPluginReport {
    const stacks = templatePaths.map((path) => ({
      name: basename(path).split('.')[0] ?? path,
      template: JSON.parse(readFileSync(path, 'utf8')) as CfnTemplate,
      assetsFile: path.replace(/\.template\.json$/, '.assets.json'),
    }));
    const violations = edgesOf(withNested(stacks, LOCAL_PLACE))
      .filter(({ verdict }) => WRONG.has(verdict))
      .map((edge) => ({
        ruleName: edge.verdict,
        description: lineOf(edge),
        fix: `allow ${edge.action} to ${edge.who}, in its role's policy or in that of ${edge.to}; take away what denies it`,
        violatingResources: [
          { resourceLogicalId: edge.from, templatePath: templatePaths[0] ?? '', locations: [edge.kind] },
        ],
      }));
    return { success: violations.length === 0, violations };
  }
}
