/** All system relations. */
import type { VirtualDescriptor } from '../descriptor.ts';
import { virtualRelation, type SystemRelationRows } from './define.ts';
import { informationColumns } from './information-columns.ts';
import { informationConstraints } from './information-constraints.ts';
import { informationRelations } from './information-relations.ts';
import { informationTypes } from './information-types.ts';
import { pgAccess } from './pg-access.ts';
import { pgActivity } from './pg-activity.ts';
import { pgAttribute } from './pg-attribute.ts';
import { pgCluster } from './pg-cluster.ts';
import { pgClass } from './pg-class.ts';
import { pgConstraint } from './pg-constraint.ts';
import { pgDepend } from './pg-depend.ts';
import { pgIndex } from './pg-index.ts';
import { pgNamespace } from './pg-namespace.ts';
import { pgProc } from './pg-proc.ts';
import { pgRelationViews } from './pg-relation-views.ts';
import { pgStatistic } from './pg-statistic.ts';
import { pgType } from './pg-type.ts';
import { systemShapes } from './shape.ts';

const ROWS: SystemRelationRows = {
  ...pgNamespace,
  ...pgClass,
  ...pgAttribute,
  ...pgType,
  ...pgIndex,
  ...pgConstraint,
  ...pgDepend,
  ...pgProc,
  ...pgAccess,
  ...pgCluster,
  ...pgActivity,
  ...pgRelationViews,
  ...pgStatistic,
  ...informationRelations,
  ...informationColumns,
  ...informationConstraints,
  ...informationTypes,
};

/** Every relation of pg_catalog and information_schema; those without rows of their own are empty. */
export function systemRelationList(): readonly VirtualDescriptor[] {
  return systemShapes().map((shape) =>
    virtualRelation(shape, ROWS[shape.schema.name === 'pg_catalog' ? shape.name : `${shape.schema.name}.${shape.name}`]),
  );
}
