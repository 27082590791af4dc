import type { SeededFault } from '../fault.ts';

export default {
  id: 'ack-before-commit',
  title: 'Queue message acknowledged before the commit',
  harm: 'A process that dies between the two loses a finding for good: the queue has forgotten it and the store never had it.',
  edits: [
    {
      file: 'src/flow/receive.ts',
      before: `    const { id, state } = await ingest(deps, { transport: 'sqs', transportId: message.id, body: message.body });
    await queue.delete(message.handle);`,
      after: `    await queue.delete(message.handle);
    const { id, state } = await ingest(deps, { transport: 'sqs', transportId: message.id, body: message.body });`,
    },
  ],
  caughtBy: {
    file: 'test/unit/flow/receive.test.ts',
    test: 'the findings queue > is told to forget a message only when the message is stored',
    assertion: "expect(order).toEqual(['stored', 'delete h-0', 'stored', 'delete h-1'])",
  },
} satisfies SeededFault;
