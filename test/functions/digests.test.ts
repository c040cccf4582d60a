import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { md5 } from '../../src/base/md5.ts';
import { sha224, sha256 } from '../../src/base/sha256.ts';
import { sha384, sha512 } from '../../src/base/sha512.ts';

/** Lengths around the block and padding boundaries of 64- and 128-byte blocks. */
const LENGTHS = [0, 1, 55, 56, 63, 64, 65, 111, 112, 119, 120, 127, 128, 129, 1000];

it.each(Object.entries({ md5, sha224, sha256, sha384, sha512 }))('%s agrees with the platform at every block boundary', (name, digest) => {
  for (const length of LENGTHS) {
    const bytes = Uint8Array.from({ length }, (_, at) => (at * 7) & 255);
    expect(Buffer.from(digest(bytes)).toString('hex'), `${length} bytes`).toBe(createHash(name).update(bytes).digest('hex'));
  }
});
