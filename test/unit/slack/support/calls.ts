import type { ModalView } from '@slack/types';
import type { Message } from '../../../../src/slack/block-limits.ts';
import { SlackCallError, type SlackCalls } from '../../../../src/slack/calls.ts';

interface MadeCall {
  readonly method: 'post' | 'update' | 'whisper' | 'openDirect' | 'openView' | 'updateView' | 'permalink';
  readonly channel?: string;
  readonly threadTs?: string | null;
  readonly user?: string;
  readonly message?: Message;
  readonly view?: ModalView;
  readonly viewId?: string;
}

export interface FakeCalls extends SlackCalls {
  readonly made: MadeCall[];
  /** Errors that the next calls of a method throw, in order; undefined lets one through. */
  readonly failures: Map<MadeCall['method'], (SlackCallError | undefined)[]>;
}

/** Slack as a list of calls. */
export function fakeCalls(): FakeCalls {
  const made: MadeCall[] = [];
  const failures: FakeCalls['failures'] = new Map();
  let ts = 0;
  const call = (one: MadeCall) => {
    made.push(one);
    const failure = failures.get(one.method)?.shift();
    if (failure !== undefined) throw failure;
  };
  return {
    made,
    failures,
    async post(channel, threadTs, message) {
      call({ method: 'post', channel, threadTs, message });
      ts += 1;
      return { channel, ts: `${ts}.000` };
    },
    async update(place, message) {
      call({ method: 'update', channel: place.channel, message });
    },
    async whisper(channel, user, threadTs, message) {
      call({ method: 'whisper', channel, user, threadTs, message });
    },
    async permalink(place) {
      call({ method: 'permalink', channel: place.channel });
      return `https://acme.slack.com/archives/${place.channel}/p1`;
    },
    async openDirect(user) {
      call({ method: 'openDirect', user });
      return `D${user}`;
    },
    async openView(_, view) {
      call({ method: 'openView', view });
      return { id: 'V1', hash: 'h1' };
    },
    async updateView({ id }, view) {
      call({ method: 'updateView', viewId: id, view });
    },
  };
}

export function refused(code: string): SlackCallError {
  return new SlackCallError('refused', code);
}
