/**
 * The database stack as LocalStack can take it: one template whose functions come from a bucket that is filled beforehand, so that
 * neither CDK's bootstrap nor its command is needed.
 */
import { App, DefaultStackSynthesizer, type IStackSynthesizer } from 'aws-cdk-lib';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseStack } from './database-stack.ts';

/** Pinned: the last LocalStack that runs without an account, and honours conditional writes. */
export const LOCALSTACK_IMAGE = 'localstack/localstack:4.14.0';

/** The bucket from which the template takes the functions' code. */
export const ASSETS_BUCKET = 'velocidb-assets';

export interface LocalAsset {
  /** The folder to be zipped. */
  readonly folder: string;
  /** Where the template expects the zip in ASSETS_BUCKET. */
  readonly key: string;
}

export interface LocalTemplate {
  readonly file: string;
  readonly stackName: string;
  readonly assets: readonly LocalAsset[];
}

/** Synthesizes the stack into `outdir`; `bundles` as the construct takes it. */
export function localTemplate(outdir: string, bundles?: string | undefined): LocalTemplate {
  const app = new App({ outdir, analyticsReporting: false });
  // The cast: the library's class fits its interface only without exactOptionalPropertyTypes.
  const synthesizer = new DefaultStackSynthesizer({
    fileAssetsBucketName: ASSETS_BUCKET,
    generateBootstrapVersionRule: false,
  }) as IStackSynthesizer;
  const architecture = process.arch === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64;
  const stack = new DatabaseStack(app, 'VelociDb', { synthesizer, bundles, runtime: Runtime.NODEJS_22_X, architecture });
  const { directory } = app.synth();
  return {
    file: join(directory, stack.templateFile),
    stackName: stack.stackName,
    assets: assetsOf(join(directory, `${stack.artifactId}.assets.json`), directory),
  };
}

interface AssetManifest {
  readonly files: Readonly<
    Record<
      string,
      {
        readonly source: { readonly path: string; readonly packaging: string };
        readonly destinations: Readonly<Record<string, { readonly objectKey: string }>>;
      }
    >
  >;
}

function assetsOf(file: string, directory: string): LocalAsset[] {
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as AssetManifest;
  return Object.values(manifest.files)
    .filter(({ source }) => source.packaging === 'zip')
    .map(({ source, destinations }) => ({ folder: join(directory, source.path), key: Object.values(destinations)[0].objectKey }));
}
