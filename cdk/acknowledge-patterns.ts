import { Stack, Validations } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

const REASON =
  'Objects are named by slot and by chance, so a policy can name them only by pattern; each pattern lies within the prefix of this one database.';

/** Answers cdk-nag's rule on wildcards, finding by finding, for the patterns of `statements` and for no others. */
export function acknowledgePatterns(holder: Construct, statements: readonly PolicyStatement[]): void {
  const stack = Stack.of(holder);
  const patterns = new Set(
    statements
      .flatMap(({ resources }) => resources.map((resource) => flattened(stack.resolve(resource))))
      .filter((resource) => resource.includes('*')),
  );
  for (const pattern of patterns) Validations.of(holder).acknowledge({ id: `AwsSolutions-IAM5[Resource::${pattern}]`, reason: REASON });
}

/** A resolved ARN as cdk-nag writes it in a finding: `<LogicalId.Arn>/name`. */
function flattened(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  if ('Ref' in value) return `<${String(value.Ref)}>`;
  if ('Fn::GetAtt' in value && Array.isArray(value['Fn::GetAtt'])) return `<${value['Fn::GetAtt'].join('.')}>`;
  if ('Fn::Join' in value && Array.isArray(value['Fn::Join'])) {
    const [separator, parts]: unknown[] = value['Fn::Join'];
    return Array.isArray(parts) ? parts.map(flattened).join(String(separator)) : '';
  }
  return '';
}
