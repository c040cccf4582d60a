/** One command of the command line: its options, its help, what it does. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError, type ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

export interface Option {
  readonly type: 'string' | 'boolean';
  readonly short?: string | undefined;
  /** May be given several times. */
  readonly multiple?: true | undefined;
  /** What its value stands for in help, e.g. `FILE`. */
  readonly value?: string | undefined;
  readonly help: string;
}

export interface Command {
  /** What follows the name in the usage line. */
  readonly usage: string;
  /** Paragraphs for --help, behind the options. */
  readonly notes: string;
  readonly options: Readonly<Record<string, Option>>;
  run(args: Arguments, terminal: Terminal): Promise<ExitCode>;
}

/** Parsed arguments, read by name; a wrong use is a UsageError. */
export class Arguments {
  readonly positionals: readonly string[];
  readonly #values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

  constructor(
    values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>,
    positionals: readonly string[],
  ) {
    this.#values = values;
    this.positionals = positionals;
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' ? value : undefined;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw new UsageError(`--${name} is missing`);
    return value;
  }

  list(name: string): readonly string[] {
    const value = this.#values[name];
    return Array.isArray(value) ? value.map(String) : [];
  }

  is(name: string): boolean {
    return this.#values[name] === true;
  }

  /** A whole number of at least `min` and at most `max`. */
  number(name: string, min: number, max: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new UsageError(`--${name} takes a whole number from ${min} to ${max}, not "${text}"`);
    return value;
  }

  /** One of `choices`. */
  choice<C extends string>(name: string, choices: readonly C[]): C | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const found = choices.find((choice) => choice === text);
    if (found === undefined) throw new UsageError(`--${name} is one of ${choices.join(', ')}, not "${text}"`);
    return found;
  }
}

/** Parses what follows the command's name; a UsageError names what does not fit. */
export function parseArguments(command: Command, given: readonly string[]): Arguments {
  const options: NonNullable<ParseArgsConfig['options']> = { help: { type: 'boolean', short: 'h' } };
  for (const [name, option] of Object.entries(command.options)) {
    options[name] = {
      type: option.type,
      ...(option.short === undefined ? {} : { short: option.short }),
      ...(option.multiple === undefined ? {} : { multiple: true }),
    };
  }
  try {
    const { values, positionals } = parseArgs({ args: [...given], options, allowPositionals: true, strict: true });
    return new Arguments(values, positionals);
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message.split('. ')[0] : String(cause), { cause });
  }
}

/** The text of `velocidb <command> --help`. */
export function helpText({ name, summary }: { readonly name: string; readonly summary: string }, command: Command): string {
  const rows = Object.entries({ ...command.options, help: { type: 'boolean', short: 'h', help: 'show this' } satisfies Option }).map(
    ([name, option]: [string, Option]) => {
      const short = option.short === undefined ? '    ' : `-${option.short}, `;
      const value = option.value === undefined ? '' : ` ${option.value}`;
      return [`  ${short}--${name}${value}`, option.help] as const;
    },
  );
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  const options = rows.map(([left, right]) => `${left.padEnd(width)}${right.replaceAll('\n', `\n${' '.repeat(width)}`)}`).join('\n');
  return `${summary}\n\nUsage: velocidb ${name} ${command.usage}\n\nOptions:\n${options}\n${command.notes === '' ? '' : `\n${command.notes}\n`}`;
}
