import { readdir, readlink } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openBrowser, Person } from '../../support/page.ts';
import { type Started, startUnconfigured } from './start.ts';

let started: Started;
let browser: Browser;
let person: Person;

beforeAll(async () => {
  const began = performance.now();
  started = await startUnconfigured(['--play-ms', '10000']);
  browser = await openBrowser();
  person = await Person.at(browser, `${started.page}?as=rina`);
  await person.card('Access key used', 'GuardDuty').waitFor({ timeout: 60_000 });
  await person.card('Bucket open', 'Security Hub').waitFor({ timeout: 60_000 });
  expect(performance.now() - began, 'both cards within a minute').toBeLessThan(60_000);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await started?.stop();
}, 60_000);

/** Becomes somebody and opens the thread of a card, as after switching to another window. */
async function enterThread(handle: string, words: readonly string[]): Promise<void> {
  await person.be(handle);
  await person.openThread(person.card(...words));
}

/** Finding, plan, request, one approver, verified result; the thread is left open. */
async function contain(words: readonly string[], step: RegExp): Promise<void> {
  await person.be('rina');
  const card = person.card(...words);
  await card.scrollIntoViewIfNeeded();
  await person.askFor(card, step);
  await enterThread('alice', words);
  expect(await person.decide('approve')).toContain('is approved');
  await person.inThread('RUN-', 'verified').waitFor();
}

async function rollBack(words: readonly string[]): Promise<void> {
  await enterThread('rina', words);
  await person.inThread('RUN-', 'verified').getByRole('button', { name: 'Roll back' }).click();
  await person.askApproval();
  for (const approver of ['bo', 'alice']) {
    await enterThread(approver, words);
    await person.decide('approve');
  }
  await person.inThread('Roll back', 'verified').waitFor();
}

describe('a newcomer at the page', { timeout: 120_000 }, () => {
  it('deactivates the key with one approver; handing it back is refused with the reason', async () => {
    const words = ['Access key used', 'prod-payments'];
    await contain(words, /Deactivate the key/);
    await enterThread('rina', words);
    await person.inThread('RUN-', 'verified').getByRole('button', { name: 'Roll back' }).click();
    const modal = person.page.getByTestId('modal');
    await modal
      .getByText(/allow\.reactivateAccessKey/)
      .first()
      .waitFor();
    await person.page.getByTestId('modal-close').click();
  });

  it('closes the bucket, and opens it again with two approvers', async () => {
    const words = ['Bucket open', 'prod-web'];
    await contain(words, /acme-prod-web-assets/);
    await rollBack(words);
  });

  it('isolates the instance, and gives it its groups back with two approvers', async () => {
    const words = ['Machine talks', 'prod-data'];
    await contain(words, /Isolate/);
    await rollBack(words);
  });

  it('tells a stranger why not', async () => {
    await person.be('oscar');
    await person.card('Port open', 'staging-web').getByRole('button', { name: 'Acknowledge' }).click();
    await person.page.getByText('Only visible to you').first().waitFor();
  });

  it('answers /cordon in the composer', async () => {
    await person.be('rina');
    const composer = person.page.getByTestId('composer');
    await composer.fill('/cordon status');
    await composer.press('Enter');
    await person.page
      .getByText(/oldest|waiting|running/i)
      .first()
      .waitFor();
  });

  it('sees no console error, nothing undefined, and no account id without its alias', async () => {
    expect(person.problems).toEqual([]);
    // biome-ignore lint/performance/useDomNodeTextContent: hidden text is not what a person sees
    const text = await person.page.locator('body').innerText();
    expect(text).not.toMatch(/undefined|\[object Object\]|\bNaN\b/);
    for (const { index } of text.matchAll(/\b(?:1{12}|2{12}|3{11}[1-3]|4{11}[12]|5{11}1)\b/g)) {
      const before = text.slice(Math.max(0, index - 40), index);
      expect(before, text.slice(Math.max(0, index - 60), index + 20)).toMatch(/[a-z]+-[a-z]+ \($|arn:aws[^ ]*$/);
    }
  });
});

const AwsLog = z.object({ entries: z.array(z.looseObject({ operation: z.string(), effect: z.boolean() })) });
const Channel = z.object({ messages: z.array(z.looseObject({ text: z.string() })) });

describe('the simulators', () => {
  it('have a ReceiveMessage on record for every card', async () => {
    const { entries } = AwsLog.parse(await (await fetch(`${started.awsControl}/log?service=sqs`)).json());
    const { messages } = Channel.parse(
      await (await fetch(`${started.slackControl}/messages?channel=C0TRIAGE001`)).json(),
    );
    const cards = messages.filter((message) => /INC-\d{4}-\d{4}/.test(message.text)).length;
    const deleted = entries.filter((call) => call.operation === 'DeleteMessage' && call.effect).length;
    expect(cards).toBeGreaterThanOrEqual(6);
    expect(entries.filter((call) => call.operation === 'ReceiveMessage').length).toBeGreaterThanOrEqual(1);
    expect(deleted).toBeGreaterThanOrEqual(cards);
  });

  it('have no file of the product’s data open', async () => {
    for (const pid of [started.pids.aws, started.pids.slack]) {
      const files = await Promise.all(
        (await readdir(`/proc/${pid}/fd`)).map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')),
      );
      expect(files.filter((file) => file.startsWith(started.dataDir))).toEqual([]);
    }
  });

  it('end with everything else at Ctrl-C', async () => {
    expect(await started.stop()).toBe(0);
    for (const pid of Object.values(started.pids)) expect(() => process.kill(pid, 0)).toThrow();
  });
});
