/** Runs the S3 fake as a process: `node s3-server-main.ts [port] [bucket…]`. Prints its URL on one line, then serves until killed. */
import { startS3Server } from './s3-server.ts';

const [port = '0', ...buckets] = process.argv.slice(2);
const server = await startS3Server({ port: Number(port), buckets: buckets.length > 0 ? buckets : undefined });
process.stdout.write(`${server.url}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void server.close().then(() => process.exit(0));
  });
}
