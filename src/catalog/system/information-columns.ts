/** information_schema.columns. */
import type { SequenceDescriptor } from '../descriptor.ts';
import type { SystemRelationRows, SystemRow } from './define.ts';
import { domainColumns, typeColumns } from './information-types.ts';
import { attributesOf, schemaObjects, schemaOf, type Attribute, type ClassObject } from './objects.ts';
import { shownDefault } from './pg-attribute.ts';

const NO_IDENTITY: SystemRow = { is_identity: 'NO', identity_cycle: 'NO' };

export const informationColumns: SystemRelationRows = {
  *'information_schema.columns'(catalog, context) {
    for (const object of schemaObjects(catalog)) {
      if (object.kind === 'index' || object.kind === 'sequence') continue;
      const path = context.catalog.searchPath();
      for (const attribute of attributesOf(object)) {
        const { generated } = attribute;
        const text = shownDefault(catalog, attribute, path);
        const sequence = attribute.sequence === undefined ? undefined : catalog.relation(attribute.sequence);
        yield {
          table_catalog: context.databaseName,
          table_schema: schemaOf(object).name,
          table_name: object.relation.name,
          column_name: attribute.name,
          ordinal_position: attribute.number,
          column_default: generated ? null : text,
          is_nullable: attribute.notNull ? 'NO' : 'YES',
          ...typeColumns(catalog, context.databaseName, attribute.type),
          ...domainColumns(catalog, context.databaseName, attribute.type.oid),
          dtd_identifier: String(attribute.number),
          is_self_referencing: 'NO',
          ...(attribute.identity !== undefined && sequence?.kind === 'sequence' ? identityColumns(attribute, sequence) : NO_IDENTITY),
          is_generated: generated ? 'ALWAYS' : 'NEVER',
          generation_expression: generated ? text : null,
          is_updatable: isUpdatable(object) ? 'YES' : 'NO',
        };
      }
    }
  },
};

function identityColumns(attribute: Attribute, sequence: SequenceDescriptor): SystemRow {
  return {
    is_identity: 'YES',
    identity_generation: attribute.identity === 'always' ? 'ALWAYS' : 'BY DEFAULT',
    identity_start: String(sequence.start),
    identity_increment: String(sequence.increment),
    identity_maximum: String(sequence.max),
    identity_minimum: String(sequence.min),
    identity_cycle: sequence.cycle ? 'YES' : 'NO',
  };
}

/** Tables take writes; views do not. */
function isUpdatable(object: ClassObject): boolean {
  return object.kind === 'table' || (object.kind === 'system' && object.relation.kind === 'r');
}
