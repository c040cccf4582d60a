/** `npm run synth`: writes the CloudFormation template of one database, checked against the AwsSolutions rules, to infra/cdk.out. */
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { join, relative } from 'node:path';
import { DatabaseStack } from './database-stack.ts';

const outdir = process.env['CDK_OUTDIR'] ?? join('infra', 'cdk.out');
const app = new App({ outdir, analyticsReporting: false });
const stack = new DatabaseStack(app, 'VelociDb', { description: 'A VelociDB database: a bucket and two functions' });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

const assembly = app.synth();
console.log(`template: ${relative('.', join(assembly.directory, stack.templateFile))}`);
console.log('deploy it with: npx aws-cdk@2 deploy --app infra/cdk.out');
