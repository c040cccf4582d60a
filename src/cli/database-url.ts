/** Which bucket a command is about. */
import { UsageError } from './exit-code.ts';
import type { Option } from './command.ts';

export const URL_OPTION: Option = {
  type: 'string',
  short: 'u',
  value: 'URL',
  help: 'the bucket: file:dir, a path, s3://bucket/prefix?endpoint=…, memory:\n(default: VELOCIDB_URL, then DATABASE_URL)',
};

/** Schemes that name a bucket; a DATABASE_URL of another kind belongs to another program. */
const BUCKET_SCHEMES = /^(?:file|memory|s3|az|gs|r2):/i;

/** --url, else VELOCIDB_URL, else DATABASE_URL when it names a bucket. */
export function chosenUrl(option: string | undefined, environment: NodeJS.ProcessEnv): string | undefined {
  for (const url of [option, environment['VELOCIDB_URL']]) if (url !== undefined && url !== '') return url;
  const shared = environment['DATABASE_URL'];
  return shared !== undefined && BUCKET_SCHEMES.test(shared) ? shared : undefined;
}

/** The same, or a UsageError. */
export function requiredUrl(option: string | undefined, environment: NodeJS.ProcessEnv): string {
  const url = chosenUrl(option, environment);
  if (url !== undefined) return url;
  const other = environment['DATABASE_URL'];
  const detail = other === undefined || other === '' ? '' : ' (DATABASE_URL names no bucket)';
  throw new UsageError(`which database? Give --url or set VELOCIDB_URL${detail}`);
}

/** `text` with passwords and keys of every URL in it replaced by ***. */
export function masked(text: string): string {
  return text
    .replace(/([A-Za-z][A-Za-z0-9+.-]*:\/\/)[^/?#\s@]*@/g, '$1***@')
    .replace(/([?&][^=&\s]*(?:key|secret|token|password|credential|signature|sig)[^=&\s]*=)[^&\s"']*/gi, '$1***');
}
