import { readFileSync } from 'node:fs';
import type {
  IPolicyValidationContext,
  IPolicyValidationPlugin,
  PolicyValidationPluginReport,
  PolicyViolation,
} from 'aws-cdk-lib';
import type { Finding } from '../../asl-lint/lint-finding';
import { lintDefinition } from '../../asl-lint/lint';
import { RULES } from '../../asl-lint/rules';
import { STEP_SHAPES } from '../../asl-lint/step-shapes';
import { definitionsIn } from '../../asl-lint/definitions-in-template';

/**
 * Proves at every synth that each path of each state machine is recorded (docs/asl-lint.md); a finding fails the synth.
 *
 * Linted twice: with what the contracts say about the steps' outputs, as the machine is meant to be, and without, so that a step that
 * answers something else cannot kill an execution either.
 */
export class AslLint implements IPolicyValidationPlugin {
  readonly name = 'asl-lint';
  readonly ruleIds = RULES.map((rule) => rule.id);

  validate({ templatePaths }: IPolicyValidationContext): PolicyValidationPluginReport {
    const violations = templatePaths.flatMap((templatePath) =>
      definitionsIn(JSON.parse(readFileSync(templatePath, 'utf8')) as unknown).flatMap((machine) =>
        lintDefinition(machine.definition, { shapes: STEP_SHAPES, strict: true, distrust: true }).map((finding) =>
          violation(finding, machine.name, templatePath),
        ),
      ),
    );
    return { success: violations.length === 0, violations };
  }
}

function violation(
  { rule, state, message, hint }: Finding,
  resourceLogicalId: string,
  templatePath: string,
): PolicyViolation {
  return {
    ruleName: rule,
    description: `${state}: ${message}`,
    fix: hint,
    violatingResources: [{ resourceLogicalId, templatePath, locations: [`States/${state}`] }],
  };
}
