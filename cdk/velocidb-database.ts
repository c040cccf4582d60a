/**
 * A database in an AWS account.
 *
 *     callers ── Function URL ──> query ───────────── commits ─────────────> bucket
 *                                   └── when the log grew ──> maintenance ──────┘
 *
 * Idle, it runs and requests nothing. Both functions hold only caches, and the bucket's policy (object-access.ts) keeps every
 * writer to the commit protocol.
 */
import { Annotations, Duration, RemovalPolicy, Token } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, type Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Grant, type IGrantable, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Architecture,
  Code,
  Function as LambdaCode,
  FunctionUrlAuthType,
  type FunctionUrl,
  type FunctionUrlCorsOptions,
  HttpMethod,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { join } from 'node:path';
import { acknowledgePatterns } from './acknowledge-patterns.ts';
import { bundlesFolder } from './bundle-path.ts';
import { type DatabaseObjects, maintenanceStatements, protocolStatements, readStatements, readWriteStatements } from './object-access.ts';

export interface VelociFunctionProps {
  /** @default 1769 MB, one virtual CPU */
  readonly memorySize?: number | undefined;
  /** @default 30 seconds for queries, 15 minutes for maintenance */
  readonly timeout?: Duration | undefined;
  /** @default none reserved */
  readonly reservedConcurrentExecutions?: number | undefined;
  /** Further environment variables. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

export interface VelociDatabaseProps {
  /** Holds the database. @default a bucket of its own */
  readonly bucket?: IBucket | undefined;
  /** What the database's keys begin with. @default 'velocidb' */
  readonly prefix?: string | undefined;
  /** Encrypts the bucket made here. @default keys that S3 manages */
  readonly encryptionKey?: IKey | undefined;
  /** Receives the access logs of the bucket made here. @default none are written */
  readonly accessLogsBucket?: IBucket | undefined;
  /** What becomes of the bucket made here when the stack goes. @default RETAIN */
  readonly removalPolicy?: RemovalPolicy | undefined;
  /** Who may call the URL. NONE needs a password. @default AWS_IAM */
  readonly authType?: FunctionUrlAuthType | undefined;
  /** Holds the password, as text, that connection strings must name. @default none is asked for */
  readonly password?: ISecret | undefined;
  /** Browsers allowed to call the URL. @default any page, as Neon's driver expects */
  readonly allowedOrigins?: string[] | undefined;
  readonly query?: VelociFunctionProps | undefined;
  readonly maintenance?: VelociFunctionProps | undefined;
  /** Runs maintenance by the clock too. @default only commits ask for it */
  readonly maintenanceSchedule?: Schedule | undefined;
  /** @default Node.js 24 */
  readonly runtime?: Runtime | undefined;
  /** @default ARM_64 */
  readonly architecture?: Architecture | undefined;
  /** The folder with the bundled handlers. @default the one this package ships */
  readonly bundles?: string | undefined;
}

const PREFIX = /^[A-Za-z0-9._=+@-]+(?:\/[A-Za-z0-9._=+@-]+)*$/;

/** A bucket with a database, a query function with its URL, and a maintenance function invoked after commits. */
export class VelociDatabase extends Construct {
  readonly bucket: IBucket;
  readonly prefix: string;
  readonly queryFunction: LambdaCode;
  readonly maintenanceFunction: LambdaCode;
  readonly functionUrl: FunctionUrl;
  /** The database's URL for engines elsewhere: `VELOCIDB_URL`. */
  readonly databaseUrl: string;
  readonly #objects: DatabaseObjects;
  readonly #encryptionKey: IKey | undefined;

  constructor(scope: Construct, id: string, props: VelociDatabaseProps = {}) {
    super(scope, id);
    this.prefix = props.prefix ?? 'velocidb';
    const authType = props.authType ?? FunctionUrlAuthType.AWS_IAM;
    check(props, this.prefix, authType);
    // The cast: the library's class fits its interface only without exactOptionalPropertyTypes.
    this.bucket = props.bucket ?? (this.#ownBucket(props) as IBucket);
    this.#objects = { bucket: this.bucket, prefix: this.prefix };
    this.#encryptionKey = props.encryptionKey ?? props.bucket?.encryptionKey;
    this.databaseUrl = `s3://${this.bucket.bucketName}/${this.prefix}`;

    this.maintenanceFunction = this.#function('Maintenance', props, props.maintenance, {
      timeout: Duration.minutes(15),
      statements: [...maintenanceStatements(this.#objects), ...this.#keyStatements(true)],
      environment: {},
    });
    this.queryFunction = this.#function('Query', props, props.query, {
      timeout: Duration.seconds(30),
      statements: [
        ...readWriteStatements(this.#objects),
        ...this.#keyStatements(true),
        new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.maintenanceFunction.functionArn] }),
        ...(props.password === undefined
          ? []
          : [new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [props.password.secretArn] })]),
      ],
      environment: {
        VELOCIDB_MAINTENANCE_FUNCTION: this.maintenanceFunction.functionName,
        ...(props.password === undefined ? {} : { VELOCIDB_PASSWORD_SECRET: props.password.secretArn }),
      },
    });
    // A lost invocation costs nothing: the next commit asks again.
    this.maintenanceFunction.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(5) });
    this.functionUrl = this.queryFunction.addFunctionUrl({ authType, cors: cors(props.allowedOrigins ?? ['*']) });
    if (props.maintenanceSchedule !== undefined) {
      new Rule(this, 'MaintenanceSchedule', {
        schedule: props.maintenanceSchedule,
        targets: [new LambdaFunction(this.maintenanceFunction)],
      });
    }
    this.#enforceProtocol();
  }

  /** Lets `grantee` read the database with an engine of its own. */
  grantRead(grantee: IGrantable): Grant {
    return grantAll(grantee, [...readStatements(this.#objects), ...this.#keyStatements(false)]);
  }

  /** Lets `grantee` read and write the database with an engine of its own. Deleting stays with maintenance. */
  grantReadWrite(grantee: IGrantable): Grant {
    return grantAll(grantee, [...readWriteStatements(this.#objects), ...this.#keyStatements(true)]);
  }

  /** Lets `grantee` send SQL to the query function, through its URL or by invoking it. */
  grantInvoke(grantee: IGrantable): Grant {
    return this.functionUrl.grantInvokeUrl(grantee).combine(this.queryFunction.grantInvoke(grantee));
  }

  /** A metric of the query function by its name in CloudWatch, e.g. `Throttles`. */
  metric(name: string, options: MetricOptions = {}): Metric {
    return this.queryFunction.metric(name, options);
  }

  /** Requests answered. */
  metricRequests(options: MetricOptions = {}): Metric {
    return this.queryFunction.metricInvocations(options);
  }

  /** Requests that ended in a crash or a timeout; an error told to a client is none. */
  metricErrors(options: MetricOptions = {}): Metric {
    return this.queryFunction.metricErrors(options);
  }

  /** How long requests took. */
  metricLatency(options: MetricOptions = {}): Metric {
    return this.queryFunction.metricDuration(options);
  }

  /** Rounds of maintenance. */
  metricMaintenance(options: MetricOptions = {}): Metric {
    return this.maintenanceFunction.metricInvocations(options);
  }

  /** Rounds of maintenance that failed; the log's tail grows while they do. */
  metricMaintenanceErrors(options: MetricOptions = {}): Metric {
    return this.maintenanceFunction.metricErrors(options);
  }

  #ownBucket(props: VelociDatabaseProps): Bucket {
    const { encryptionKey, accessLogsBucket } = props;
    return new Bucket(this, 'Bucket', {
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      encryption: encryptionKey === undefined ? BucketEncryption.S3_MANAGED : BucketEncryption.KMS,
      ...(encryptionKey === undefined ? {} : { encryptionKey, bucketKeyEnabled: true }),
      ...(accessLogsBucket === undefined ? {} : { serverAccessLogsBucket: accessLogsBucket }),
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    });
  }

  #function(
    name: 'Query' | 'Maintenance',
    props: VelociDatabaseProps,
    own: VelociFunctionProps = {},
    needs: { readonly timeout: Duration; readonly statements: PolicyStatement[]; readonly environment: Readonly<Record<string, string>> },
  ): LambdaCode {
    const logGroup = new LogGroup(this, `${name}Logs`, { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });
    const logging = new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] });
    const role = new Role(this, `${name}Role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { Own: new PolicyDocument({ statements: [...needs.statements, logging] }) },
    });
    acknowledgePatterns(role, needs.statements);
    const { reservedConcurrentExecutions } = own;
    return new LambdaCode(this, name, {
      code: Code.fromAsset(join(props.bundles ?? bundlesFolder(), name.toLowerCase())),
      handler: 'index.handler',
      runtime: props.runtime ?? Runtime.NODEJS_24_X,
      architecture: props.architecture ?? Architecture.ARM_64,
      memorySize: own.memorySize ?? 1769,
      timeout: own.timeout ?? needs.timeout,
      role: role.withoutPolicyUpdates(),
      logGroup,
      environment: { VELOCIDB_URL: this.databaseUrl, ...needs.environment, ...own.environment },
      ...(reservedConcurrentExecutions === undefined ? {} : { reservedConcurrentExecutions }),
    });
  }

  #keyStatements(writes: boolean): PolicyStatement[] {
    if (this.#encryptionKey === undefined) return [];
    const actions = writes ? ['kms:Decrypt', 'kms:GenerateDataKey'] : ['kms:Decrypt'];
    return [new PolicyStatement({ actions, resources: [this.#encryptionKey.keyArn] })];
  }

  #enforceProtocol(): void {
    const { role } = this.maintenanceFunction;
    if (role === undefined) throw new Error('the maintenance function has a role');
    for (const statement of protocolStatements(this.#objects, role.roleArn)) {
      if (this.bucket.addToResourcePolicy(statement).statementAdded) continue;
      Annotations.of(this).addWarningV2(
        'velocidb:bucket-policy',
        'the bucket is imported, so its policy cannot be extended: nothing but the engine itself enforces conditional writes',
      );
      return;
    }
  }
}

function check(props: VelociDatabaseProps, prefix: string, authType: FunctionUrlAuthType): void {
  if (Token.isUnresolved(prefix) || !PREFIX.test(prefix))
    throw new Error(`a prefix is made of letters, digits and ._=+@- between slashes, not "${prefix}"`);
  if (authType === FunctionUrlAuthType.NONE && props.password === undefined)
    throw new Error('a URL that anybody may call (authType NONE) needs a password');
  for (const name of ['encryptionKey', 'accessLogsBucket', 'removalPolicy'] as const) {
    if (props.bucket !== undefined && props[name] !== undefined) throw new Error(`${name} is a property of the bucket, and one is given`);
  }
}

function cors(allowedOrigins: string[]): FunctionUrlCorsOptions {
  return {
    allowedOrigins,
    allowedMethods: [HttpMethod.POST, HttpMethod.GET],
    allowedHeaders: ['*'],
    exposedHeaders: ['*'],
    maxAge: Duration.days(1),
  };
}

function grantAll(grantee: IGrantable, statements: readonly PolicyStatement[]): Grant {
  return statements
    .map((statement) =>
      Grant.addToPrincipal({ grantee, actions: statement.actions, resourceArns: statement.resources, conditions: conditionsOf(statement) }),
    )
    .reduce((all, grant) => all.combine(grant));
}

function conditionsOf(statement: PolicyStatement): Record<string, Record<string, unknown>> {
  return statement.conditions as Record<string, Record<string, unknown>>;
}
