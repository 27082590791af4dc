import type { Action } from '../../src/actions/action.ts';
import { ACTIONS } from '../../src/actions/registry.generated.ts';
import { OWN_READS } from '../../src/aws/own-reads.ts';
import { SERVICES, type ServiceId } from '../../src/domain/plan.ts';
import { operationsOfIam } from '../lib/iam-names.ts';

/** The list of every operation that may be sent, from what the actions declare and Cordon itself reads. Paths are relative to the project's root. */
export async function generateOperations(): Promise<Array<{ path: string; text: string }>> {
  const commands = new Map(await Promise.all(SERVICES.map(async (name) => [name, await commandsOf(name)] as const)));
  const list = (kind: 'reads' | 'writes'): string => {
    const own = kind === 'reads' ? OWN_READS.flatMap(({ actions }) => actions) : [];
    const names = [...own, ...ACTIONS.flatMap((action) => declared(action, kind))].flatMap((name) =>
      operationsOfIam(name, commands),
    );
    return [...new Set(names)]
      .sort()
      .map((name) => `    '${name}',`)
      .join('\n');
  };
  const text = [
    '// Written by scripts/generators/operations.ts from what the actions declare; do not edit.',
    '',
    '/** Every operation that Cordon may send into a member account, whatever a plan says: a reader sends only reads, a writer only writes. */',
    'export const OPERATIONS: { readonly reads: readonly string[]; readonly writes: readonly string[] } = {',
    '  reads: [',
    list('reads'),
    '  ],',
    '  writes: [',
    list('writes'),
    '  ],',
    '};',
    '',
  ].join('\n');
  return [{ path: 'src/aws/operations.generated.ts', text }];
}

function declared(action: Action, kind: 'reads' | 'writes'): readonly string[] {
  return action[kind].flatMap((permission) => permission.actions);
}

/** The names of the operations that the SDK's client of the service knows. */
async function commandsOf(service: ServiceId): Promise<ReadonlySet<string>> {
  const sdk: object = await import(`@aws-sdk/client-${service}`);
  return new Set(Object.keys(sdk).flatMap((name) => /^(\w+)Command$/.exec(name)?.[1] ?? []));
}
