/** Roles: the owner of everything, the session's user, and the roles PostgreSQL always has. */
import type { EvaluationContext } from '../../types/function.ts';
import type { SystemRelationRows, SystemRow } from './define.ts';
import { DATABASE_OWNER_OID, OWNER_NAME, OWNER_OID } from './objects.ts';

/** The OID of a session's user that is not the owner. */
export const USER_OID = 16_383;

interface Role {
  readonly oid: number;
  readonly name: string;
  readonly superuser: boolean;
}

export const pgAccess: SystemRelationRows = {
  *pg_authid(_, context) {
    for (const role of roles(context)) yield { oid: role.oid, ...roleRow(role), rolpassword: null };
  },
  *pg_roles(_, context) {
    for (const role of roles(context)) yield { oid: role.oid, ...roleRow(role), rolpassword: '********' };
  },
  *pg_user(_, context) {
    for (const role of roles(context)) if (role.superuser) yield { ...userRow(role), passwd: '********' };
  },
  *pg_shadow(_, context) {
    for (const role of roles(context)) if (role.superuser) yield userRow(role);
  },
  *pg_group(_, context) {
    for (const role of roles(context)) if (!role.superuser) yield { groname: role.name, grosysid: role.oid };
  },
  *'information_schema.enabled_roles'(_, context) {
    for (const role of roles(context)) yield { role_name: role.name };
  },
};

/** The roles of a session. */
export function roles(context: EvaluationContext): Role[] {
  const users = [{ oid: OWNER_OID, name: OWNER_NAME, superuser: true }];
  if (context.userName !== OWNER_NAME) users.push({ oid: USER_OID, name: context.userName, superuser: true });
  return [...users, { oid: DATABASE_OWNER_OID, name: 'pg_database_owner', superuser: false }];
}

function roleRow({ name, superuser }: Role): SystemRow {
  return {
    rolname: name,
    rolsuper: superuser,
    rolinherit: true,
    rolcreaterole: superuser,
    rolcreatedb: superuser,
    rolcanlogin: superuser,
    rolreplication: superuser,
    rolbypassrls: superuser,
    rolconnlimit: -1,
  };
}

function userRow({ oid, name }: Role): SystemRow {
  return { usename: name, usesysid: oid, usecreatedb: true, usesuper: true, userepl: true, usebypassrls: true };
}
