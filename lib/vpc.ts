import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { VpcSettings } from './app-settings';

/** What Lambda does in the function's name to give it addresses in a VPC. */
const INTERFACES = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/**
 * Places a function in subnets of a VPC. By ids on the resource itself: CDK's own `vpc` would look up, or want to be told, zones and
 * routes that the function does not need.
 */
export function placeInVpc(fn: LambdaFunction, { subnetIds, securityGroupIds }: VpcSettings): void {
  (fn.node.defaultChild as CfnFunction).vpcConfig = {
    subnetIds: [...subnetIds],
    securityGroupIds: [...securityGroupIds],
  };
  // EC2 knows no resources for most of these.
  fn.addToRolePolicy(new PolicyStatement({ actions: INTERFACES, resources: ['*'] }));
}
