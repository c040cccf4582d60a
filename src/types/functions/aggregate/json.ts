import { SqlError } from '../../../base/sql-error.ts';
import { objectNode } from '../../json/parse.ts';
import type { Accumulator, EvaluationContext, SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import { Jsonb, type JsonNode, type Value } from '../../value.ts';
import { aggregate, NULLS } from '../define.ts';
import { knownType } from '../known-type.ts';
import { keyText, type KeyText } from '../json/build.ts';
import { nodeMaker, type NodeMaker } from '../json/node.ts';
import { jsonCategory, jsonWriter, type JsonWriter } from '../json/write.ts';

const { any, anyelement, json, jsonb } = OID;

/** json_agg, jsonb_agg, json_object_agg, jsonb_object_agg. Null values are kept; null keys are refused. */
export function jsonAggregateFunctions(): SqlFunction[] {
  return [
    aggregate(
      'json_agg',
      [anyelement],
      json,
      ([type]) => {
        const write = jsonWriter(type.oid);
        const category = jsonCategory(knownType(type.oid));
        const lines = category === 'array' || category === 'record';
        return () => new TextArray(write, lines);
      },
      NULLS,
    ),
    aggregate(
      'jsonb_agg',
      [anyelement],
      jsonb,
      ([type]) => {
        const make = nodeMaker(type.oid);
        return () => new NodeArray(make);
      },
      NULLS,
    ),
    aggregate(
      'json_object_agg',
      [any, any],
      json,
      ([key, value]) => {
        const [name, write] = [keyText(key.oid), jsonWriter(value.oid)];
        return () => new TextObject(name, write);
      },
      NULLS,
    ),
    aggregate(
      'jsonb_object_agg',
      [any, any],
      jsonb,
      ([key, value]) => {
        const [name, make] = [keyText(key.oid), nodeMaker(value.oid)];
        return () => new NodeObject(name, make);
      },
      NULLS,
    ),
  ];
}

class TextArray implements Accumulator {
  readonly #write: JsonWriter;
  /** Arrays and records each begin a line. */
  readonly #lines: boolean;
  #parts = '';
  #count = 0;

  constructor(write: JsonWriter, lines: boolean) {
    this.#write = write;
    this.#lines = lines;
  }

  step(context: EvaluationContext, value: Value): void {
    if (this.#count++ > 0) this.#parts += value !== null && this.#lines ? ', \n ' : ', ';
    this.#parts += this.#write(value, context);
  }

  finish(): Value {
    return this.#count === 0 ? null : `[${this.#parts}]`;
  }
}

class NodeArray implements Accumulator {
  readonly #make: NodeMaker;
  readonly #nodes: JsonNode[] = [];

  constructor(make: NodeMaker) {
    this.#make = make;
  }

  step(context: EvaluationContext, value: Value): void {
    this.#nodes.push(this.#make(value, context));
  }

  finish(): Value {
    return this.#nodes.length === 0 ? null : new Jsonb(this.#nodes.slice());
  }
}

class TextObject implements Accumulator {
  readonly #key: KeyText;
  readonly #write: JsonWriter;
  readonly #members: string[] = [];

  constructor(key: KeyText, write: JsonWriter) {
    this.#key = key;
    this.#write = write;
  }

  step(context: EvaluationContext, key: Value, value: Value): void {
    if (key === null) throw new SqlError('invalid_parameter_value', 'field name must not be null');
    this.#members.push(`${JSON.stringify(this.#key(key, context))} : ${this.#write(value, context)}`);
  }

  finish(): Value {
    return this.#members.length === 0 ? null : `{ ${this.#members.join(', ')} }`;
  }
}

class NodeObject implements Accumulator {
  readonly #key: KeyText;
  readonly #make: NodeMaker;
  readonly #members: [string, JsonNode][] = [];

  constructor(key: KeyText, make: NodeMaker) {
    this.#key = key;
    this.#make = make;
  }

  step(context: EvaluationContext, key: Value, value: Value): void {
    if (key === null) throw new SqlError('invalid_parameter_value', 'field name must not be null');
    this.#members.push([this.#key(key, context), this.#make(value, context)]);
  }

  finish(): Value {
    return this.#members.length === 0 ? null : new Jsonb(objectNode(this.#members));
  }
}
