import { AwsCallError } from '../../src/domain/errors.ts';
import type { Json } from '../../src/domain/json.ts';
import type { AwsCall } from '../../src/domain/plan.ts';
import type { ActRequest, AwsReader, AwsSessions, AwsWriter } from '../../src/ports.ts';

export type Trouble = 'ignore' | 'lost-answer' | 'lost-request' | 'denied' | 'throttled' | 'expired';

/** AWS reduced to tags on one resource: enough state to see a write, its order and its effect. Each write and each effect is on record. */
export class FakeCloud implements AwsSessions {
  readonly tags = new Map<string, string>();
  readonly writes: string[] = [];
  readonly effects: string[] = [];
  readonly sessions: ActRequest[] = [];
  /** What happens to the next writes, first come first served. */
  readonly troubles: Trouble[] = [];
  readsFail = false;
  /** Why no act session is given. */
  sessionRefused: Error | undefined;
  /** What every read is answered with instead. */
  readError: AwsCallError | undefined;
  /** Called after each effect, before the answer: where a test kills or stops something. */
  onEffect: (key: string) => void | Promise<void> = () => {};

  async read(accountId: string, region: string): Promise<AwsReader> {
    return { accountId, region, partition: 'aws', send: (call) => this.#answer(call) };
  }

  async act(request: ActRequest): Promise<AwsWriter> {
    if (this.sessionRefused) throw this.sessionRefused;
    this.sessions.push(request);
    const { accountId, region } = request;
    return { accountId, region, send: async (call) => ({ requestId: await this.#write(call), output: {} }) };
  }

  async #answer(call: AwsCall): Promise<Json> {
    if (this.readError) throw this.readError;
    if (this.readsFail) throw new AwsCallError('ServiceUnavailable', 'down', { hint: 'wait', retry: true });
    const prefix = String(call.input['Resource']);
    const tags = [...this.tags].filter(([key]) => key.startsWith(`${prefix}/`));
    return { Tags: Object.fromEntries(tags.map(([key, value]) => [key.slice(prefix.length + 1), value])) };
  }

  async #write(call: AwsCall): Promise<string> {
    const key = `${String(call.input['Resource'])}/${String(call.input['Key'])}`;
    this.writes.push(key);
    const trouble = this.troubles.shift();
    if (trouble === 'denied') throw new AwsCallError('AccessDenied', 'not allowed', { hint: 'deploy the role' });
    if (trouble === 'expired') throw new AwsCallError('ExpiredToken', 'the session is over', { hint: '' });
    if (trouble === 'throttled') throw new AwsCallError('Throttling', 'slow down', { hint: 'wait', retry: true });
    if (trouble === 'lost-request')
      throw new AwsCallError('TimeoutError', 'no answer', { hint: '', retry: true, ambiguous: true });
    if (trouble !== 'ignore') await this.#apply(call, key);
    if (trouble === 'lost-answer')
      throw new AwsCallError('TimeoutError', 'no answer', { hint: '', retry: true, ambiguous: true });
    return `req-${this.writes.length}`;
  }

  async #apply(call: AwsCall, key: string): Promise<void> {
    if (call.operation === 'DeleteTag') this.tags.delete(key);
    else this.tags.set(key, String(call.input['Value']));
    this.effects.push(key);
    await this.onEffect(key);
  }
}
