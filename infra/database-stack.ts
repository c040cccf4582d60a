import { CfnOutput, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { type Architecture, FunctionUrlAuthType, type Runtime } from 'aws-cdk-lib/aws-lambda';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { VelociDatabase } from '../cdk/velocidb-database.ts';

export interface DatabaseStackProps extends StackProps {
  readonly bundles?: string | undefined;
  readonly runtime?: Runtime | undefined;
  readonly architecture?: Architecture | undefined;
}

/** One database whose URL anybody may call who has the password: what Neon's driver needs. */
export class DatabaseStack extends Stack {
  readonly database: VelociDatabase;

  constructor(scope: Construct, id: string, props: DatabaseStackProps = {}) {
    super(scope, id, props);
    const password = new Secret(this, 'Password', {
      description: 'The password of the VelociDB database',
      generateSecretString: { passwordLength: 40, excludePunctuation: true },
    });
    this.database = new VelociDatabase(this, 'Database', {
      authType: FunctionUrlAuthType.NONE,
      password: password as ISecret, // the library's class fits its interface only without exactOptionalPropertyTypes
      bundles: props.bundles,
      runtime: props.runtime,
      architecture: props.architecture,
    });
    new CfnOutput(this, 'Url', { value: this.database.functionUrl.url, description: 'Where POST /sql goes' });
    new CfnOutput(this, 'DatabaseUrl', { value: this.database.databaseUrl, description: 'VELOCIDB_URL for engines elsewhere' });
    new CfnOutput(this, 'PasswordSecret', { value: password.secretArn });

    Validations.of(password).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Clients keep the password in connection strings, which a rotation would break unannounced; the function follows a rotation made by hand.',
    });
    Validations.of(this.database.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Every commit is a request: access logs would cost more than the data. The log of the database itself says what was written; accessLogsBucket turns them on.',
    });
  }
}
