import { SortKeyWriter } from '../sort-key.ts';
import { Numeric, type Jsonb, type JsonNode } from '../value.ts';
import { isArray } from './compare.ts';

/** Bytes in jsonb's B-tree order. */
export function jsonbSortKey(value: Jsonb): Uint8Array {
  const writer = new SortKeyWriter();
  if (isArray(value.root) && value.root.length === 0) writer.byte(0);
  else write(writer, value.root);
  return writer.finish();
}

function write(writer: SortKeyWriter, node: JsonNode): void {
  if (node === null) writer.byte(1);
  else if (typeof node === 'string') writer.byte(2).text(node);
  else if (node instanceof Numeric) writer.byte(3).numeric(node);
  else if (typeof node === 'boolean') writer.byte(4).byte(node ? 1 : 0);
  else if (isArray(node)) {
    writer.byte(5).uint32(node.length);
    for (const item of node) write(writer, item);
  } else {
    const object = node as ReadonlyMap<string, JsonNode>;
    writer.byte(6).uint32(object.size);
    for (const [key, value] of object) {
      writer.text(key);
      write(writer, value);
    }
  }
}
