import { assert } from '../base/assert.ts';
import type { SqlType } from '../types/type.ts';
import type { Binding } from './binding.ts';
import type { Expression } from './expression.ts';
import { bindStandalone } from './standalone.ts';

/** `value` entering the domain `type`: its own and its base domains' constraints are checked where the expression runs. */
export function domainCheck(binding: Binding, value: Expression, type: SqlType): Expression {
  const domain = binding.sources.catalog.userType(type.oid);
  assert(domain !== undefined && domain.kind === 'domain', 'only domains are entered', { type: type.oid });
  binding.dependOn(domain.oid);
  const ref = binding.newRef({ name: 'value', relation: undefined, table: 0, attribute: 0 });
  const columns = [{ name: 'value', ref, type: domain.base }];
  const checks = domain.checks.map((check) => ({
    name: check.name,
    condition: bindStandalone(binding, check.expressionText, { columns, clause: 'check', boolean: true }),
  }));
  return { kind: 'domain_check', arg: value, value: ref, notNull: domain.notNull, domain: domain.name, checks, type };
}
