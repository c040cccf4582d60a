import { SqlError } from '../base/sql-error.ts';
import type { CatalogFunctions } from '../types/function.ts';

/** The catalog of expressions that need none: whoever asks it after all is sent away. */
export class QuietCatalog implements CatalogFunctions {
  relationOid(): never {
    return refuse();
  }

  relationName(): never {
    return refuse();
  }

  typeOid(): never {
    return refuse();
  }

  typeName(): never {
    return refuse();
  }

  namespaceOid(): never {
    return refuse();
  }

  namespaceName(): never {
    return refuse();
  }

  sequenceNext(): never {
    return refuse();
  }

  sequenceCurrent(): never {
    return refuse();
  }

  sequenceLast(): never {
    return refuse();
  }

  sequenceSet(): never {
    return refuse();
  }

  searchPath(): never {
    return refuse();
  }

  describe(): never {
    return refuse();
  }
}

function refuse(): never {
  throw new SqlError('feature_not_supported', 'the catalog is not at hand here');
}
