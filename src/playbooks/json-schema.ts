import { z } from 'zod';
import { Playbook } from '../domain/playbook.ts';

/** What a base template may supply, and so need not stand in a file that extends one. */
const FROM_TEMPLATE = ['responsibility', 'phases', 'owner', 'status', 'match'];

/** JSON Schema of a playbook file, for editors. A file may leave out what the template it extends supplies; the loader checks the merged form. */
export function playbookJsonSchema(): Record<string, unknown> {
  const schema: Record<string, unknown> = z.toJSONSchema(Playbook, { io: 'input', unrepresentable: 'any' });
  const required = schema['required'];
  return {
    ...schema,
    $id: 'cordon/playbook/v1',
    title: 'Cordon playbook',
    required: Array.isArray(required) ? required.filter((name) => !FROM_TEMPLATE.includes(String(name))) : [],
  };
}

let known: readonly string[] | undefined;

/** Every field name of the schema, for did-you-mean. */
export function schemaKeys(): readonly string[] {
  known ??= [...new Set(propertyNames(playbookJsonSchema()))];
  return known;
}

function propertyNames(node: unknown): readonly string[] {
  if (Array.isArray(node)) return node.flatMap(propertyNames);
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    const inner = propertyNames(value);
    return key === 'properties' && typeof value === 'object' && value !== null
      ? [...Object.keys(value), ...inner]
      : inner;
  });
}
