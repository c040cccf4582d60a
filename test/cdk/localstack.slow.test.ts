/**
 * The stack in LocalStack: the engine against its S3, and the template deployed, its query function answering. Needs Docker;
 * without it the tests are skipped, and with REQUIRE_DOCKER=1 they fail instead. LocalStack does not enforce policies.
 */
import { LocalstackContainer, type StartedLocalStackContainer } from '@testcontainers/localstack';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getContainerRuntimeClient } from 'testcontainers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ASSETS_BUCKET, LOCALSTACK_IMAGE, localTemplate } from '../../infra/localstack.ts';
import { open } from '../../src/index.ts';
import { sqlEvent } from '../functions-lambda/event.ts';
import { bundleFunctions, type Bundles } from '../functions-lambda/process.ts';

const hasDocker = await getContainerRuntimeClient().then(
  () => true,
  () => false,
);
const isRequired = process.env['REQUIRE_DOCKER'] === '1';
if (!hasDocker && !isRequired) console.warn('skipped: LocalStack needs Docker, and there is none (REQUIRE_DOCKER=1 makes this a failure)');

describe.skipIf(!hasDocker && !isRequired)('in LocalStack', () => {
  let container: StartedLocalStackContainer;
  let bundles: Bundles;
  const folder = mkdtempSync(join(tmpdir(), 'velocidb-localstack-'));

  beforeAll(async () => {
    bundles = bundleFunctions();
    container = await new LocalstackContainer(LOCALSTACK_IMAGE)
      .withEnvironment({ SERVICES: 's3,cloudformation,iam,sts,lambda,logs,secretsmanager,events' })
      .withBindMounts([{ source: '/var/run/docker.sock', target: '/var/run/docker.sock' }]) // its Lambda starts containers
      .start();
    process.env['AWS_ACCESS_KEY_ID'] ??= 'test';
    process.env['AWS_SECRET_ACCESS_KEY'] ??= 'test';
  }, 300_000);

  afterAll(async () => {
    await container?.stop();
    if (bundles !== undefined) rmSync(bundles.folder, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  });

  const aws = async (...words: readonly string[]): Promise<string> => {
    const { exitCode, output } = await container.exec(['awslocal', ...words]);
    if (exitCode !== 0) throw new Error(`awslocal ${words.join(' ')}: ${output}`);
    return output;
  };

  it('the engine commits and reads back over its S3', async () => {
    await aws('s3', 'mb', 's3://velocidb-test');
    await aws('s3api', 'put-bucket-versioning', '--bucket', 'velocidb-test', '--versioning-configuration', 'Status=Enabled'); // only there are its conditions atomic
    const url = `s3://velocidb-test/db?endpoint=${encodeURIComponent(container.getConnectionUri())}&region=us-east-1&pathStyle=1`;
    const writer = await open(url);
    await writer.query('CREATE TABLE t (a int PRIMARY KEY, b text)');
    await Promise.all(Array.from({ length: 8 }, (_, at) => writer.query('INSERT INTO t VALUES ($1, $2)', [at, `row ${at}`])));
    await writer.checkpoint();
    await writer.close();
    const reader = await open(url);
    expect((await reader.query('SELECT count(*)::int AS n FROM t')).rows).toEqual([{ n: 8 }]);
    await reader.close();
  });

  it('the template is deployed, and its query function answers SQL', async () => {
    const template = localTemplate(join(folder, 'out'), bundles.folder);
    await aws('s3', 'mb', `s3://${ASSETS_BUCKET}`);
    for (const { folder: code, key } of template.assets) {
      await container.copyDirectoriesToContainer([{ source: code, target: `/tmp/${key}.d` }]);
      const zipped = await container.exec(['sh', '-c', `cd /tmp/${key}.d && python3 -m zipfile -c /tmp/${key} *`]);
      expect(zipped.exitCode, zipped.output).toBe(0);
      await aws('s3', 'cp', `/tmp/${key}`, `s3://${ASSETS_BUCKET}/${key}`);
    }
    await container.copyFilesToContainer([{ source: template.file, target: '/tmp/template.json' }]);
    await aws(
      'cloudformation',
      'deploy',
      '--stack-name',
      template.stackName,
      '--template-file',
      '/tmp/template.json',
      '--capabilities',
      'CAPABILITY_IAM',
      'CAPABILITY_NAMED_IAM',
    );

    const resources = JSON.parse(await aws('cloudformation', 'describe-stack-resources', '--stack-name', template.stackName)) as {
      readonly StackResources: readonly {
        readonly LogicalResourceId: string;
        readonly PhysicalResourceId: string;
        readonly ResourceType: string;
      }[];
    };
    const physical = (type: string, name: string): string => {
      const found = resources.StackResources.find(
        (resource) => resource.ResourceType === type && resource.LogicalResourceId.startsWith(name),
      );
      if (found === undefined) throw new Error(`the stack has no ${type} ${name}`);
      return found.PhysicalResourceId;
    };
    expect(await aws('s3api', 'get-bucket-policy', '--bucket', physical('AWS::S3::Bucket', 'DatabaseBucket'))).toContain('if-none-match');

    const secret = JSON.parse(
      await aws('secretsmanager', 'get-secret-value', '--secret-id', physical('AWS::SecretsManager::Secret', 'Password')),
    ) as { readonly SecretString: string };
    const event = sqlEvent(
      { query: 'SELECT 1 + 1 AS two' },
      { 'neon-connection-string': `postgresql://app:${secret.SecretString}@h/postgres` },
    );
    await container.copyContentToContainer([{ content: JSON.stringify(event), target: '/tmp/event.json' }]);
    await aws(
      'lambda',
      'invoke',
      '--function-name',
      physical('AWS::Lambda::Function', 'DatabaseQuery'),
      '--payload',
      'fileb:///tmp/event.json',
      '/tmp/answer.json',
    );
    const answer = JSON.parse((await container.exec(['cat', '/tmp/answer.json'])).output) as {
      readonly statusCode: number;
      readonly body: string;
    };
    expect(answer.statusCode, answer.body).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ rows: [{ two: 2 }] });
  });
});
