/**
 * Who may do what with a database's objects. The identity policies say what a principal needs; the bucket's policy says what
 * nobody may do, so that a writer with a bug, or another program with the bucket's keys, cannot break the commit protocol.
 *
 *     log/*  checkpoint/*  segment/*     created once (If-None-Match), never replaced; deleted by maintenance alone
 *     intent/*                           created once; deleted by their owners when they are decided, and by maintenance
 *     root, keyring                      created (If-None-Match) or replaced by who knows its version (If-Match)
 *     branch/<id>/…                      the same again, for each branch; origin is created once
 *     probe/*                            what a bucket is tested with before a database is created in it
 *
 * Invariants
 *   A1  A missing object must answer 404, since 403 is never taken for "absent": every reader may list. A GET carries no
 *       `s3:prefix`, so the condition on it is IfExists.
 *   A2  `s3:ObjectCreationOperation` leaves out the parts of multipart uploads, whose completion is conditional like any PUT.
 *       CopyObject cannot be conditional and is therefore refused under these names.
 */
import { Effect, type IPrincipal, PolicyStatement, AnyPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';

/** A star matches slashes too: branches of branches are meant. */
const IMMUTABLE = [
  'log/*',
  'checkpoint/*',
  'segment/*',
  'branch/*/log/*',
  'branch/*/checkpoint/*',
  'branch/*/segment/*',
  'branch/*/origin',
];
const INTENTS = ['intent/*', 'branch/*/intent/*'];
const BRANCH_ROOTS = 'branch/*/root';
const MUTABLE = ['root', BRANCH_ROOTS, 'keyring'];
const PROBES = 'probe/*';

/** The objects of one database: a bucket and what their keys begin with, without a slash at the end. */
export interface DatabaseObjects {
  readonly bucket: IBucket;
  readonly prefix: string;
}

/** Reads of every kind, and 404 for what is absent (A1). */
export function readStatements(objects: DatabaseObjects): PolicyStatement[] {
  return [
    new PolicyStatement({ actions: ['s3:GetObject'], resources: [objects.bucket.arnForObjects(`${objects.prefix}/*`)] }),
    new PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [objects.bucket.bucketArn],
      conditions: { StringLikeIfExists: { 's3:prefix': `${objects.prefix}/*` } },
    }),
  ];
}

/** Reads, commits, bulk loads, checkpoints, and the probe of a bucket that holds no database yet. */
export function readWriteStatements(objects: DatabaseObjects): PolicyStatement[] {
  return [
    ...readStatements(objects),
    new PolicyStatement({ actions: ['s3:PutObject'], resources: arns(objects, [...IMMUTABLE, ...INTENTS, ...MUTABLE, PROBES]) }),
    new PolicyStatement({ actions: ['s3:DeleteObject'], resources: arns(objects, [...INTENTS, PROBES]) }),
  ];
}

/** Reads and writes, and the deletion of what nothing refers to any more. */
export function maintenanceStatements(objects: DatabaseObjects): PolicyStatement[] {
  return [
    ...readStatements(objects),
    new PolicyStatement({ actions: ['s3:PutObject'], resources: arns(objects, [...IMMUTABLE, ...INTENTS, ...MUTABLE]) }),
    new PolicyStatement({ actions: ['s3:DeleteObject'], resources: arns(objects, [...IMMUTABLE, ...INTENTS, BRANCH_ROOTS]) }),
  ];
}

/** What the bucket refuses everybody, whatever their own policies allow. */
export function protocolStatements(objects: DatabaseObjects, maintenanceRoleArn: string): PolicyStatement[] {
  const everybody: IPrincipal[] = [new AnyPrincipal()];
  const creation = { 's3:ObjectCreationOperation': 'true' };
  return [
    new PolicyStatement({
      sid: 'VelociDbCreateOnce',
      effect: Effect.DENY,
      principals: everybody,
      actions: ['s3:PutObject'],
      resources: arns(objects, [...IMMUTABLE, ...INTENTS]),
      conditions: { Null: { 's3:if-none-match': 'true' }, Bool: creation },
    }),
    new PolicyStatement({
      sid: 'VelociDbReplaceKnownRoot',
      effect: Effect.DENY,
      principals: everybody,
      actions: ['s3:PutObject'],
      resources: arns(objects, MUTABLE),
      conditions: { Null: { 's3:if-match': 'true', 's3:if-none-match': 'true' }, Bool: creation },
    }),
    new PolicyStatement({
      sid: 'VelociDbOnlyMaintenanceDeletes',
      effect: Effect.DENY,
      principals: everybody,
      actions: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
      resources: arns(objects, [...IMMUTABLE, ...MUTABLE]),
      conditions: { ArnNotEquals: { 'aws:PrincipalArn': maintenanceRoleArn } },
    }),
    new PolicyStatement({
      sid: 'VelociDbTlsOnly',
      effect: Effect.DENY,
      principals: everybody,
      actions: ['s3:*'],
      resources: [objects.bucket.bucketArn, objects.bucket.arnForObjects(`${objects.prefix}/*`)],
      conditions: { Bool: { 'aws:SecureTransport': 'false' } },
    }),
  ];
}

function arns(objects: DatabaseObjects, names: readonly string[]): string[] {
  return names.map((name) => objects.bucket.arnForObjects(`${objects.prefix}/${name}`));
}
