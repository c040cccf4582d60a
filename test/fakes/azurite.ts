/** Azurite, Microsoft's emulator of Azure Storage, in this process and its memory. */
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';

const require = createRequire(import.meta.url);

/** As much of Azurite's own server as is used; it publishes no types. */
interface BlobServer {
  readonly httpServer: { address(): AddressInfo };
  start(): Promise<void>;
  close(): Promise<void>;
}

/** The account and key that every Azurite has; they are public. */
const ACCOUNT = 'devstoreaccount1';
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
const CONTAINER = 'velocidb';

export interface Azurite {
  /** What `openStore` takes for a prefix in its container, with `AZURE_STORAGE_KEY` set, which starting does. */
  storeUrl(prefix: string): string;
  close(): Promise<void>;
}

/** Starts Azurite on a free port of 127.0.0.1, with an empty container. */
export async function startAzurite(): Promise<Azurite> {
  const { default: Configuration } = require('azurite/dist/src/blob/BlobConfiguration.js') as {
    readonly default: new (...options: readonly unknown[]) => object;
  };
  const { default: Server } = require('azurite/dist/src/blob/BlobServer.js') as {
    readonly default: new (configuration: object) => BlobServer;
  };
  const none = undefined;
  // host, port, keep-alive, metadata, extents, persistence, access log, its stream, debug log, its path, loose, skipApiVersionCheck,
  // certificate, key, password, OAuth, no product-style URLs, memory instead of files
  const configuration = new Configuration(
    '127.0.0.1',
    0,
    60,
    none,
    none,
    none,
    false,
    none,
    false,
    none,
    false,
    true,
    '',
    '',
    '',
    none,
    false,
    true,
  );
  const server = new Server(configuration);
  await server.start();
  const endpoint = `http://127.0.0.1:${server.httpServer.address().port}/${ACCOUNT}`;
  process.env['AZURE_STORAGE_KEY'] ??= KEY;
  await new ContainerClient(`${endpoint}/${CONTAINER}`, new StorageSharedKeyCredential(ACCOUNT, KEY)).create();
  return {
    storeUrl: (prefix) => `az://${CONTAINER}/${prefix}?account=${ACCOUNT}&endpoint=${encodeURIComponent(endpoint)}`,
    close: () => server.close(),
  };
}
