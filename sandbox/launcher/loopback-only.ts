/**
 * Preloaded into the product in the sandbox: every TCP connection to anything but this machine fails, whatever asks for it.
 * The scrubbed environment already leaves nothing to connect to; this makes a mistake in it harmless.
 */
import { Socket } from 'node:net';
import { isLocalTarget } from './local-target.ts';

const { connect } = Socket.prototype;

Object.defineProperty(Socket.prototype, 'connect', {
  configurable: true,
  writable: true,
  value: function connectLocally(this: Socket, ...args: unknown[]): Socket {
    if (isLocalTarget(args)) return Reflect.apply(connect, this, args);
    const error = Object.assign(new Error('the sandbox connects to this machine only'), { code: 'ECONNREFUSED' });
    process.nextTick(() => this.destroy(error));
    return this;
  },
});
