import { search } from '@aws-lambda-powertools/jmespath';
import type { StepOutputs } from '../actions/action.ts';
import { AwsCallError, CordonError } from '../domain/errors.ts';
import { type Json, type JsonObject, sameJson } from '../domain/json.ts';
import type { AwsCall, Probe } from '../domain/plan.ts';
import type { AwsReader, Deps } from '../ports.ts';

/** Replaces every `{"$out": "<step>.<name>"}` by that output. Throws CordonError `output_missing`: a plan never runs with a hole in it. */
export function fillOutputs(value: Json, outputs: StepOutputs): Json {
  if (Array.isArray(value)) return value.map((item: Json) => fillOutputs(item, outputs));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]?.[0] === '$out') return outputOf(String(entries[0][1]), outputs);
  return Object.fromEntries(entries.map(([key, item]) => [key, fillOutputs(item, outputs)]));
}

function outputOf(path: string, outputs: StepOutputs): Json {
  const cut = path.lastIndexOf('.');
  const [stepId, name] = [path.slice(0, cut), path.slice(cut + 1)];
  const value = outputs[stepId]?.[name];
  if (value === undefined || value === null) {
    throw new CordonError('output_missing', `The output ${path} of an earlier step is not known.`, {
      hint: 'Nothing further was sent. Look at the run’s journal, then roll back or plan again.',
    });
  }
  return value;
}

/** The call with its inputs filled. */
export function fillCall(call: AwsCall, outputs: StepOutputs): AwsCall {
  return { ...call, input: fillOutputs(call.input, outputs) as JsonObject };
}

export interface ProbeAnswer {
  readonly holds: boolean;
  readonly got: Json;
  readonly expected: Json;
  /** The whole answer of the read, for outputs; null when there is none. */
  readonly answer: Json;
}

/** Reads AWS and compares. An error that the probe does not name as "there is none" is thrown: a failed read is never an answer. */
export async function ask(reader: AwsReader, probe: Probe, outputs: StepOutputs): Promise<ProbeAnswer> {
  const expected = fillOutputs(probe.expect, outputs);
  const answer = await readOrAbsent(reader, fillCall(probe.read, outputs), probe.absentOn ?? []);
  const got = answer === null ? null : pick(answer, probe.query);
  return { holds: sameJson(got, expected), got, expected, answer };
}

async function readOrAbsent(reader: AwsReader, call: AwsCall, absentOn: readonly string[]): Promise<Json> {
  try {
    return await reader.send(call);
  } catch (error) {
    if (error instanceof AwsCallError && absentOn.includes(error.awsCode)) return null;
    throw error;
  }
}

/** JMESPath; a path that leads nowhere is null. */
function pick(answer: Json, query: string): Json {
  return (search(query, answer as Parameters<typeof search>[1]) ?? null) as Json;
}

/** Outputs of a step from the answer of its `applied` read. */
export function outputsFrom(
  answer: Json,
  queries: { readonly [name: string]: string } | undefined,
): { [name: string]: Json } {
  return Object.fromEntries(
    Object.entries(queries ?? {}).map(([name, query]) => [name, answer === null ? null : pick(answer, query)]),
  );
}

/** How long and how often something is asked again. */
export interface Wait {
  readonly settleMilliseconds: number;
  readonly pollMilliseconds: number;
  readonly pause: (ms: number) => Promise<void>;
}

/** A probe that takes minutes is asked this often at most, so that waiting for it does not use up the account's rate of reads. */
const MOST_READS = 60;

/** The flow's usual wait, or the longer one that the probe asks for. */
export function waitFor(probe: Probe, { timing, pause }: Pick<Deps, 'timing' | 'pause'>): Wait {
  const settleMilliseconds = Math.max(timing.settleMilliseconds, (probe.settleSeconds ?? 0) * 1000);
  return {
    settleMilliseconds,
    pollMilliseconds: Math.max(timing.pollMilliseconds, settleMilliseconds / MOST_READS),
    pause,
  };
}

/** Asks again until it holds or the time is over (AWS is eventually consistent); the last answer is returned. */
export async function askUntil(question: () => Promise<ProbeAnswer>, wait: Wait): Promise<ProbeAnswer> {
  const attempts = Math.max(1, Math.ceil(wait.settleMilliseconds / wait.pollMilliseconds));
  let last = await question();
  for (let attempt = 1; attempt < attempts && !last.holds; attempt += 1) {
    await wait.pause(wait.pollMilliseconds);
    last = await question();
  }
  return last;
}
