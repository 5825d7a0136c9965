import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  NestedStack,
  type IPolicyValidationContext,
  type IPolicyValidationPlugin,
  type PolicyValidationPluginReport,
  type PolicyViolation,
} from 'aws-cdk-lib';
import type { CfnTemplate, Excess } from './limit';
import { policyExcesses } from './policy-limits';
import { propertyExcesses } from './property-limits';
import { nestedExcesses, templateExcesses } from './template-limits';

/** Everything in one template that AWS would refuse for its size. */
export function excessesOf(template: CfnTemplate, bytes: number): Excess[] {
  return [...templateExcesses(template, bytes), ...policyExcesses(template), ...propertyExcesses(template)];
}

/**
 * Refuses at every synth what AWS would refuse at the deployment: sizes and numbers that a template already tells (docs/limits.md). CDK
 * itself checks few of them, and only warns of some.
 */
class AwsLimits implements IPolicyValidationPlugin {
  readonly name = 'aws-limits';

  validate({ stackTemplates, appConstruct }: IPolicyValidationContext): PolicyValidationPluginReport {
    const nested = appConstruct.node.findAll().filter((one): one is NestedStack => one instanceof NestedStack);
    const violations = stackTemplates.flatMap(({ templatePath, stackConstructPath }) => {
      const inside = nested.filter(({ node }) => node.path.startsWith(`${stackConstructPath}/`));
      const paths = [templatePath, ...inside.map(({ templateFile }) => join(dirname(templatePath), templateFile))];
      const templates = paths.map((path) => ({ path, text: readFileSync(path, 'utf8') }));
      const parsed = templates.map(({ path, text }) => ({
        path,
        bytes: Buffer.byteLength(text),
        template: JSON.parse(text) as CfnTemplate,
      }));
      const resources = parsed.reduce((sum, { template }) => sum + Object.keys(template.Resources ?? {}).length, 0);
      return [
        ...parsed.flatMap(({ path, bytes, template }) =>
          excessesOf(template, bytes).map((excess) => violation(excess, path)),
        ),
        ...nestedExcesses(stackConstructPath, resources).map((excess) => violation(excess, templatePath)),
      ];
    });
    return { success: violations.length === 0, violations };
  }
}

/** One for all stacks of an app, so that none is checked twice. */
export const awsLimits: IPolicyValidationPlugin = new AwsLimits();

function violation({ limit, resource, sentence }: Excess, templatePath: string): PolicyViolation {
  return {
    ruleName: limit,
    description: sentence,
    violatingResources: [{ resourceLogicalId: resource, templatePath, locations: [] }],
  };
}
