/**
 * S3 as LocalStack plays it, through both transports. Needs Docker; without it the suite is skipped, and says so, and with REQUIRE_DOCKER=1 it
 * fails instead. Its bucket is versioned: only there are LocalStack's conditions atomic.
 */
import { LocalstackContainer, type StartedLocalStackContainer } from '@testcontainers/localstack';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { getContainerRuntimeClient } from 'testcontainers';
import { afterAll, beforeAll, describe } from 'vitest';
import { LOCALSTACK_IMAGE } from '../../infra/localstack.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { openStore } from '../../src/platform/store-url.ts';
import { contract } from './object-store-contract.ts';

const hasDocker = await getContainerRuntimeClient().then(
  () => true,
  () => false,
);
const isRequired = process.env['REQUIRE_DOCKER'] === '1';
if (!hasDocker && !isRequired) console.warn('skipped: LocalStack needs Docker, and there is none (REQUIRE_DOCKER=1 makes this a failure)');

describe.skipIf(!hasDocker && !isRequired)('LocalStack', () => {
  let container: StartedLocalStackContainer;

  beforeAll(async () => {
    process.env['AWS_ACCESS_KEY_ID'] ??= 'test';
    process.env['AWS_SECRET_ACCESS_KEY'] ??= 'test';
    container = await new LocalstackContainer(LOCALSTACK_IMAGE).withEnvironment({ SERVICES: 's3' }).start();
    const client = new S3Client({ endpoint: container.getConnectionUri(), region: 'us-east-1', forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: 'velocidb-contract' }));
    await client.send(new PutBucketVersioningCommand({ Bucket: 'velocidb-contract', VersioningConfiguration: { Status: 'Enabled' } }));
    client.destroy();
  }, 300_000);
  afterAll(() => container?.stop());

  for (const transport of ['sdk', 'http']) {
    contract(`s3 in LocalStack, through ${transport},`, async () => {
      const endpoint = encodeURIComponent(container.getConnectionUri());
      const url = `s3://velocidb-contract/${transport}?endpoint=${endpoint}&transport=${transport}`;
      const [store, other] = await Promise.all([openStore(url, nodeRuntime()), openStore(url, nodeRuntime())]);
      return {
        store,
        other,
        close: async () => {
          await Promise.all([store.close(), other.close()]);
        },
      };
    });
  }
});
