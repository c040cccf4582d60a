/** Slow only for what loading and synthesizing the CDK takes. */
import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import { FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Secret, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatabaseStack } from '../../infra/database-stack.ts';
import { emptyBundles, newApp, synthesized } from './stack.ts';

let bundles: ReturnType<typeof emptyBundles>;
let plain: ReturnType<typeof synthesized>;

beforeAll(() => {
  bundles = emptyBundles();
  plain = synthesized(bundles.folder);
});

afterAll(() => bundles.remove());

/** An ARN under the bucket, as templates spell it. */
const key = (name: string) => ({
  'Fn::Join': ['', [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^DatabaseBucket'), 'Arn'] }, `/velocidb/${name}`]],
});
const immutable = [
  ...['log/*', 'checkpoint/*', 'segment/*'],
  ...['branch/*/log/*', 'branch/*/checkpoint/*', 'branch/*/segment/*', 'branch/*/origin'],
].map(key);
const createdOnce = [...immutable, key('intent/*'), key('branch/*/intent/*')];
const roots = [key('root'), key('branch/*/root'), key('keyring')];

function bucketDenies(statement: object): void {
  plain.template.hasResourceProperties('AWS::S3::BucketPolicy', {
    PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Effect: 'Deny', Principal: { AWS: '*' }, ...statement })]) },
  });
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
}

/** The statements in the inline policies of the role whose logical id begins so. */
function statementsOf(name: string): readonly Statement[] {
  const roles = Object.entries(plain.template.findResources('AWS::IAM::Role')).filter(([id]) => id.startsWith(`Database${name}Role`));
  expect(roles).toHaveLength(1);
  return roles[0][1].Properties.Policies.flatMap(
    (policy: { PolicyDocument: { Statement: Statement[] } }) => policy.PolicyDocument.Statement,
  );
}

function resourcesFor(name: string, action: string): string {
  const found = statementsOf(name).filter((statement) => statement.Effect === 'Allow' && [statement.Action].flat().includes(action));
  return JSON.stringify(found.map((statement) => statement.Resource));
}

describe("the bucket's policy", () => {
  it('refuses to create log records, checkpoints, segments and intents without If-None-Match', () => {
    bucketDenies({
      Action: 's3:PutObject',
      Resource: createdOnce,
      Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
    });
  });

  it('refuses to write root without If-Match or If-None-Match', () => {
    bucketDenies({
      Action: 's3:PutObject',
      Resource: roots,
      Condition: { Null: { 's3:if-match': 'true', 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
    });
  });

  it('lets maintenance delete and nobody else', () => {
    bucketDenies({
      Action: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
      Resource: [...immutable, ...roots],
      Condition: { ArnNotEquals: { 'aws:PrincipalArn': { 'Fn::GetAtt': [Match.stringLikeRegexp('^DatabaseMaintenanceRole'), 'Arn'] } } },
    });
  });

  it('refuses plain HTTP', () => {
    bucketDenies({ Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
  });
});

describe('the bucket', () => {
  it('is private, encrypted, and outlives the stack', () => {
    plain.template.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        BucketEncryption: Match.anyValue(),
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      },
    });
  });

  it('may be encrypted with a key, which the functions may then use', () => {
    const { template } = synthesized(bundles.folder, (stack) => ({
      encryptionKey: new Key(stack, 'Key') as IKey,
      removalPolicy: RemovalPolicy.DESTROY,
    }));
    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ BucketKeyEnabled: true }] },
    });
    const uses = {
      Policies: [
        { PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: ['kms:Decrypt', 'kms:GenerateDataKey'] })]) } },
      ],
    };
    template.resourcePropertiesCountIs('AWS::IAM::Role', Match.objectLike(uses), 2);
  });

  it('may be one that exists: in the stack it gets the policy, imported only a warning', () => {
    const own = synthesized(bundles.folder, (stack) => ({ bucket: new Bucket(stack, 'Mine') as IBucket, prefix: 'apps/one' }));
    own.template.resourceCountIs('AWS::S3::Bucket', 1);
    expect(JSON.stringify(own.template.findResources('AWS::S3::BucketPolicy'))).toContain('/apps/one/log/*');
    const imported = synthesized(bundles.folder, (stack) => ({ bucket: Bucket.fromBucketName(stack, 'Theirs', 'theirs') }));
    imported.template.resourceCountIs('AWS::S3::BucketPolicy', 0);
    expect(Annotations.fromStack(imported.stack).findWarning('*', Match.stringLikeRegexp('enforces conditional writes'))).toHaveLength(1);
  });
});

describe('the roles', () => {
  it('hold no more than they need, and no managed policy', () => {
    for (const role of Object.values(plain.template.findResources('AWS::IAM::Role')))
      expect(role.Properties.ManagedPolicyArns).toBeUndefined();
    plain.template.resourceCountIs('AWS::IAM::Policy', 0);
    for (const name of ['Query', 'Maintenance']) {
      for (const statement of statementsOf(name)) {
        expect([statement.Action].flat().filter((action) => action.includes('*'))).toEqual([]);
        expect(statement.Resource).not.toBe('*');
      }
    }
  });

  it('let the query function delete probes only', () => {
    expect(resourcesFor('Query', 's3:DeleteObject')).toContain('/velocidb/probe/*');
    expect(resourcesFor('Query', 's3:DeleteObject')).not.toContain('/velocidb/log/*');
    expect(resourcesFor('Maintenance', 's3:DeleteObject')).toContain('/velocidb/log/*');
    expect(resourcesFor('Maintenance', 's3:DeleteObject')).not.toContain('/velocidb/root');
  });

  it('let both list, so that what is absent answers 404', () => {
    for (const name of ['Query', 'Maintenance']) {
      const listing = statementsOf(name).filter((statement) => statement.Action === 's3:ListBucket');
      expect(listing).toMatchObject([{ Condition: { StringLikeIfExists: { 's3:prefix': 'velocidb/*' } } }]);
    }
  });

  it('let the query function invoke maintenance, which may invoke nothing', () => {
    expect(resourcesFor('Query', 'lambda:InvokeFunction')).toMatch(/DatabaseMaintenance/);
    expect(resourcesFor('Maintenance', 'lambda:InvokeFunction')).toBe('[]');
  });
});

describe('the functions', () => {
  it('know the database, and the query function whom to ask for maintenance', () => {
    plain.template.resourceCountIs('AWS::Lambda::Function', 2);
    const url = { 'Fn::Join': ['', ['s3://', { Ref: Match.stringLikeRegexp('^DatabaseBucket') }, '/velocidb']] };
    plain.template.hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Environment: {
        Variables: { VELOCIDB_URL: url, VELOCIDB_MAINTENANCE_FUNCTION: { Ref: Match.stringLikeRegexp('^DatabaseMaintenance') } },
      },
    });
    plain.template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', { MaximumRetryAttempts: 0 });
  });

  it('run by no clock unless asked to', () => {
    plain.template.resourceCountIs('AWS::Events::Rule', 0);
    const { template } = synthesized(bundles.folder, () => ({ maintenanceSchedule: Schedule.expression('rate(1 day)') }));
    template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 day)', Targets: [Match.anyValue()] });
  });

  it('are reached through a URL that asks for IAM, or for a password', () => {
    plain.template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'AWS_IAM' });
    plain.template.resourceCountIs('AWS::Lambda::Permission', 0);
    const { template } = synthesized(bundles.folder, (stack) => ({
      authType: FunctionUrlAuthType.NONE,
      password: new Secret(stack, 'Password') as ISecret,
    }));
    template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'NONE' });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { VELOCIDB_PASSWORD_SECRET: { Ref: Match.stringLikeRegexp('^Password') } } },
    });
  });
});

describe('mistakes are refused', () => {
  it('a URL for everybody without a password', () => {
    expect(() => synthesized(bundles.folder, () => ({ authType: FunctionUrlAuthType.NONE }))).toThrow('needs a password');
  });
  it('a prefix that is none', () => {
    for (const prefix of ['', '/a', 'a/', 'a b', 'a*'])
      expect(() => synthesized(bundles.folder, () => ({ prefix })), prefix).toThrow('a prefix is made of');
  });
  it('properties of a bucket that is given', () => {
    expect(() =>
      synthesized(bundles.folder, (stack) => ({
        bucket: Bucket.fromBucketName(stack, 'B', 'theirs'),
        removalPolicy: RemovalPolicy.DESTROY,
      })),
    ).toThrow('removalPolicy is a property of the bucket');
  });
});

describe('grants', () => {
  it('to read give no writes, to read and write no deletes but of probes', () => {
    const { template } = synthesized(bundles.folder, undefined, (stack, database) => {
      database.grantRead(new Role(stack, 'Reader', { assumedBy: new ServicePrincipal('ecs.amazonaws.com') }));
      database.grantReadWrite(new Role(stack, 'Writer', { assumedBy: new ServicePrincipal('ecs.amazonaws.com') }));
      database.grantInvoke(new Role(stack, 'Caller', { assumedBy: new ServicePrincipal('ecs.amazonaws.com') }));
    });
    const actions = (name: string): Set<unknown> => {
      const policies = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([id]) => id.startsWith(name));
      return new Set(
        policies.flatMap(([, policy]) => policy.Properties.PolicyDocument.Statement.flatMap((statement: Statement) => statement.Action)),
      );
    };
    expect(actions('Reader')).toEqual(new Set(['s3:GetObject', 's3:ListBucket']));
    expect(actions('Writer')).toEqual(new Set(['s3:DeleteObject', 's3:GetObject', 's3:ListBucket', 's3:PutObject']));
    expect(actions('Caller')).toEqual(new Set(['lambda:InvokeFunction', 'lambda:InvokeFunctionUrl']));
    expect(JSON.stringify(template.findResources('AWS::IAM::Policy'))).toContain('StringLikeIfExists');
  });
});

describe('cdk-nag', () => {
  it("passes the app's stack by the AwsSolutions rules", () => {
    const app = newApp(bundles.folder);
    new DatabaseStack(app, 'VelociDb', { bundles: bundles.folder });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    expect(() => app.synth()).not.toThrow();
  });

  it('sees what is wrong', () => {
    const app = newApp(bundles.folder);
    new Bucket(new Stack(app, 'Wrong'), 'Open');
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    expect(() => app.synth()).toThrow('AwsSolutions-S1');
  });
});
