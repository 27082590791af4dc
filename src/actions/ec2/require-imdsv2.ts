import { z } from 'zod';
import type { JsonObject } from '../../domain/json.ts';
import type { PlanDraft, PlanStep, Probe, Refusal } from '../../domain/plan.ts';
import { defineAction, type PlanContext } from '../action.ts';
import {
  describeInstance,
  ec2,
  InstanceId,
  instanceArn,
  MetadataOptions,
  probe,
  readInstance,
} from '../ec2-instance.ts';
import { refuse } from '../refusal.ts';

const Params = z.strictObject({ instanceId: InstanceId });
const Before = z.object({ instanceId: InstanceId, metadata: MetadataOptions });

type Tokens = 'optional' | 'required';

interface Metadata {
  readonly instanceId: string;
  readonly options: MetadataOptions;
}

export default defineAction({
  id: 'ec2.require-imdsv2',
  version: 1,
  title: 'Require version 2 of the instance metadata service',
  risk: 'disruptive',
  undoReexposes: true,
  services: ['ec2'],
  docs:
    'Sets the metadata service of one instance to answer requests with a token only, so that a server that fetches any URL for a stranger hands out no ' +
    'credentials of the role. The hop limit and whether the service is on stay as they are. Credentials that were fetched before go on working.',
  reads: [
    {
      actions: ['ec2:DescribeInstances'],
      resources: ['*'],
      why: 'The metadata settings and tags of the instance; this call knows no resources',
    },
  ],
  writes: [
    {
      actions: ['ec2:ModifyInstanceMetadataOptions'],
      resources: ['arn:{partition}:ec2:{region}:{account}:instance/*'],
      why: 'Makes tokens required, and optional again when the change is undone',
    },
  ],
  params: Params,

  async plan(context, { instanceId }) {
    const metadata = await readMetadata(context, instanceId);
    if ('refused' in metadata) return metadata;
    if (metadata.options.HttpEndpoint === 'disabled') {
      return refuse(
        'nothing-to-do',
        'The metadata service of this instance is off.',
        'Nothing can be fetched from it; look at how else the credentials left.',
      );
    }
    if (metadata.options.HttpTokens === 'required') {
      return refuse(
        'nothing-to-do',
        'The instance requires tokens already.',
        'End the sessions of its role: what was fetched before goes on working.',
      );
    }
    return requiring(context, metadata);
  },

  async rollback(context, { plan }) {
    const before = Before.parse(plan.before);
    const metadata = await readMetadata(context, before.instanceId);
    if ('refused' in metadata) return metadata;
    if (metadata.options.HttpTokens === 'optional') {
      return refuse(
        'nothing-to-do',
        'Tokens are optional already.',
        'See CloudTrail for ModifyInstanceMetadataOptions.',
      );
    }
    const { HttpEndpoint, HttpPutResponseHopLimit } = metadata.options;
    if (
      HttpEndpoint !== before.metadata.HttpEndpoint ||
      HttpPutResponseHopLimit !== before.metadata.HttpPutResponseHopLimit
    ) {
      return refuse(
        'drifted',
        'The metadata settings are not what the run left.',
        'Somebody has changed them since; decide by hand.',
      );
    }
    return relaxing(context, metadata);
  },
});

async function readMetadata(context: PlanContext, instanceId: string): Promise<Metadata | Refusal> {
  const instance = await readInstance(context, instanceId);
  if ('refused' in instance) return instance;
  if (instance.MetadataOptions === undefined) {
    return refuse(
      'unsupported',
      'EC2 does not tell the metadata settings of this instance.',
      'Look at the instance in the console; it may be of a kind that has none.',
    );
  }
  return { instanceId, options: instance.MetadataOptions };
}

function requiring(context: PlanContext, metadata: Metadata): PlanDraft {
  const { instanceId, options } = metadata;
  return {
    ...frame(context, metadata, 'required'),
    summary: `Require tokens (IMDSv2) on the metadata service of ${instanceId}`,
    blastRadius: [
      'Programs that ask the metadata service without a token get no credentials from the next request on: SDKs and agents of before 2020, scripts with a bare curl. ' +
        'The metric MetadataNoToken of the instance counts such requests.',
      options.HttpPutResponseHopLimit === 1
        ? 'The hop limit is 1: containers behind a bridge cannot fetch a token and lose the metadata service.'
        : `The hop limit is ${options.HttpPutResponseHopLimit} and stays so.`,
      'The instance is not restarted. Credentials that were fetched before work until they expire.',
    ],
    rollback: { available: true, summary: 'Makes tokens optional again: version 1 answers again (two people).' },
  };
}

function relaxing(context: PlanContext, metadata: Metadata): PlanDraft {
  return {
    ...frame(context, metadata, 'optional'),
    summary: `Make tokens optional on the metadata service of ${metadata.instanceId} again`,
    blastRadius: [
      'The metadata service answers requests without a token again, also those that a stranger talks the server into.',
    ],
    rollback: { available: false, why: 'Ask for tokens to be required again instead.' },
  };
}

function frame(
  context: PlanContext,
  metadata: Metadata,
  to: Tokens,
): Pick<PlanDraft, 'target' | 'changes' | 'before' | 'steps' | 'verify'> {
  const { instanceId, options } = metadata;
  return {
    target: { type: 'AwsEc2Instance', id: instanceId, arn: instanceArn(context, instanceId) },
    changes: [{ path: `${instanceId} MetadataOptions.HttpTokens`, before: options.HttpTokens, after: to }],
    before: { instanceId, metadata: stateOf(options) },
    steps: [tokensStep(context, metadata, to)],
    verify: [tokensAre(instanceId, to)],
  };
}

function tokensStep(context: PlanContext, { instanceId, options }: Metadata, to: Tokens): PlanStep {
  return {
    id: to === 'required' ? 'require-tokens' : 'make-tokens-optional',
    title: to === 'required' ? 'Require tokens' : 'Make tokens optional again',
    // All three, so that nothing else about the service changes with the tokens.
    call: ec2('ModifyInstanceMetadataOptions', { InstanceId: instanceId, ...stateOf(options), HttpTokens: to }),
    iam: [{ actions: ['ec2:ModifyInstanceMetadataOptions'], resources: [instanceArn(context, instanceId)] }],
    precondition: [
      probe(
        'The metadata settings are as read',
        describeInstance(instanceId),
        'Reservations[0].Instances[0].MetadataOptions.{HttpEndpoint: HttpEndpoint, HttpPutResponseHopLimit: HttpPutResponseHopLimit, HttpTokens: HttpTokens}',
        stateOf(options),
      ),
    ],
    applied: tokensAre(instanceId, to),
  };
}

function tokensAre(instanceId: string, to: Tokens): Probe {
  return probe(
    `Tokens are ${to}`,
    describeInstance(instanceId),
    'Reservations[0].Instances[0].MetadataOptions.HttpTokens',
    to,
  );
}

function stateOf({ HttpEndpoint, HttpPutResponseHopLimit, HttpTokens }: MetadataOptions): JsonObject {
  return { HttpEndpoint, HttpPutResponseHopLimit, HttpTokens };
}
