import { createHash, timingSafeEqual } from 'node:crypto';
import type { PasswordCheck } from '../src/http/authorization.ts';

/** Whether a password is the one configured, in a time that does not depend on either. */
export function passwordCheck(expected: string): PasswordCheck {
  const wanted = digest(expected);
  return (_user, given) => timingSafeEqual(digest(given), wanted);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
