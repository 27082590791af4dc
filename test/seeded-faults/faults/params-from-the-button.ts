import type { SeededFault } from '../fault.ts';

export default {
  id: 'params-from-the-button',
  title: 'Parameters from the button’s value',
  harm: 'Whoever can forge a press chooses the target: the plan is made for what the button says, not for what was found.',
  edits: [
    {
      file: 'src/slack/buttons/run-step.ts',
      before: 'const step = (await api.stepsOf(incident)).find((one) => one.action !== null && stepKey(one) === rest);',
      after: `const [shown, ...forged] = rest.split('|');
    const found = (await api.stepsOf(incident)).find((one) => one.action !== null && stepKey(one) === shown);
    const step = found && forged.length > 0 ? { ...found, findingKey: forged.join('|') } : found;`,
    },
  ],
  caughtBy: {
    file: 'test/unit/slack/enter.test.ts',
    test: 'buttons > a value that names its own target or parameters asks for nothing',
    assertion: 'expect(one.calls).toEqual([])',
  },
} satisfies SeededFault;
