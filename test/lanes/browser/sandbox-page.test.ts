import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from '@slack/bolt';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  boltApp,
  clientOf,
  control,
  eventually,
  slackForTest,
  started,
} from '../../integration/sandbox-slack/support.ts';
import { CHANNEL, cardBlocks, HOSTILE, planBlocks, reviewView } from './sandbox-page.samples.ts';

const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let browser: Browser;
let shots: string;

beforeAll(async () => {
  shots = await mkdtemp(join(tmpdir(), 'sandbox-page-'));
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGS });
});

afterAll(async () => {
  await browser.close();
  if (!process.env['KEEP_SHOTS']) await rm(shots, { recursive: true });
});

interface Watched {
  readonly page: Page;
  readonly problems: string[];
}

/** A page that remembers every console error, failed request and request to another host. */
async function openPage(url: string, options: { colorScheme?: 'light' | 'dark' } = {}): Promise<Watched> {
  const page = await browser.newPage({ viewport: { width: 1360, height: 860 }, ...options });
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(new URL(url).origin)) problems.push(`outside request: ${request.url()}`);
  });
  await page.goto(url);
  return { page, problems };
}

async function shoot(page: Page, name: string): Promise<void> {
  const path = join(shots, `${name}.png`);
  await page.screenshot({ path });
  expect((await stat(path)).size).toBeGreaterThan(10_000);
}

function listen(app: App): void {
  app.action('review', async ({ ack, body, client }) => {
    await ack();
    if (body.type === 'block_actions') await client.views.open({ trigger_id: body.trigger_id, view: reviewView() });
  });
  app.action('acknowledge', async ({ ack, body, client }) => {
    await ack();
    if (body.type !== 'block_actions' || !body.message) return;
    await client.chat.update({
      channel: CHANNEL,
      ts: body.message.ts,
      text: 'Acknowledged',
      blocks: cardBlocks('Acknowledged by Rina Okafor'),
      parse: 'none',
    });
    await client.chat.postMessage({
      channel: CHANNEL,
      thread_ts: body.message.ts,
      text: 'Rina Okafor acknowledged this incident.',
    });
  });
  app.action('step', async ({ ack, respond }) => {
    await ack();
    await respond({ text: 'Only an approver may do this.', response_type: 'ephemeral' });
  });
  app.action('silent', () => Promise.resolve());
  app.view('decide', async ({ ack, view, client, body }) => {
    const reason = view.state.values['reason']?.['text']?.value ?? '';
    if (reason.length < 20)
      return ack({ response_action: 'errors', errors: { reason: 'Give a reason that the next person understands.' } });
    await ack();
    await client.chat.postMessage({
      channel: CHANNEL,
      text: `<@${body.user.id}> decided: ${view.state.values['decision']?.['choice']?.selected_option?.value}`,
    });
  });
  app.command('/cordon', async ({ ack, command }) => ack(`*Cordon* heard \`${command.text}\``));
}

describe('the page of the simulated Slack', () => {
  it('shows cards, threads, modals and answers without a console error', { timeout: 60_000 }, async () => {
    await using slack = await slackForTest({ links: [{ name: 'AWS log', url: 'http://127.0.0.1:9/' }] });
    const app = boltApp(slack);
    listen(app);
    await using _app = await started(app, slack);
    const client = clientOf(slack);
    await control(slack, 'POST', 'say', {
      user: 'sam',
      channel: 'sec-triage',
      text: 'Morning! Anything *open* from last night?',
    });
    const card = await client.chat.postMessage({
      channel: CHANNEL,
      text: 'HIGH card',
      blocks: cardBlocks('Open, nobody has taken it'),
    });
    await client.chat.postMessage({ channel: CHANNEL, text: 'Approval', blocks: planBlocks() });
    await client.chat.postMessage({ channel: 'C0SECOPS001', text: HOSTILE });

    const { page, problems } = await openPage(`${slack.page}?as=rina`);
    await page.getByTestId(`message-${card.ts}`).waitFor();
    await shoot(page, 'channel');

    const cardNode = page.getByTestId(`message-${card.ts}`);
    await cardNode.getByTestId('button-acknowledge').click();
    await page.getByTestId(`thread-${card.ts}`).click();
    await page.locator('#thread-messages').getByText('Rina Okafor acknowledged this incident.').waitFor();
    await cardNode.getByText('(edited)').first().waitFor();
    await page.getByTestId('composer').fill('/cordon status');
    await page.getByTestId('composer').press('Enter');
    await page.getByText('Only visible to you').waitFor();
    await shoot(page, 'thread');

    await page.getByTestId('person-alice').click();
    await page.waitForURL(/as=alice/);
    await page.getByTestId('button-review').click();
    await page.getByTestId('modal').waitFor();
    await page.getByTestId('modal-submit').click();
    await page.getByText('Please complete this required field.').first().waitFor();
    await page.getByTestId('input-decision-approve').check();
    await page.getByTestId('input-reason').fill('Too short');
    await page.getByTestId('modal-submit').click();
    await page.getByText('Give a reason that the next person understands.').waitFor();
    await shoot(page, 'modal');
    await page.getByTestId('input-reason').fill('The key is in a public repository');
    await page.getByTestId('modal-submit').click();
    await page.getByTestId('modal').waitFor({ state: 'hidden' });
    await page.getByText('decided: approve').waitFor();

    await page.getByTestId('channel-sec-ops').click();
    await page.getByText('<img src=x onerror=alert(1)>').waitFor();
    expect(await page.locator('.messages img, .messages script').count()).toBe(0);
    expect(await page.locator('.messages a[href^="javascript"]').count()).toBe(0);
    const words = await page.locator('body').textContent();
    expect(words).not.toMatch(/undefined|\bnull\b|\[object Object\]/);
    expect(problems).toEqual([]);
  });

  it('keeps what is typed while the app fills a modal, and what is private', { timeout: 60_000 }, async () => {
    await using slack = await slackForTest();
    const app = boltApp(slack);
    let mayAnswer = false;
    let viewId = '';
    app.action('review', async ({ ack, body, client }) => {
      await eventually('leave to answer', () => mayAnswer || undefined, 2_500);
      await ack();
      if (body.type !== 'block_actions') return;
      const opened = await client.views.open({ trigger_id: body.trigger_id, view: reviewView() });
      viewId = opened.view?.id ?? '';
    });
    app.action(/more|step/, async ({ ack, respond, action }) => {
      await ack();
      if ('selected_option' in action) await respond({ text: `You chose ${action.selected_option?.value}.` });
    });
    await using _app = await started(app, slack);
    const client = clientOf(slack);
    const card = await client.chat.postMessage({ channel: CHANNEL, text: 'card', blocks: cardBlocks('Open') });
    await client.chat.postMessage({ channel: CHANNEL, text: 'plan', blocks: planBlocks() });
    await client.chat.postMessage({ channel: 'U0ALICE0001', text: 'Review REQ-1, please' });

    const { page, problems } = await openPage(`${slack.page}?as=alice`);
    await page.getByTestId('button-review').click();
    await expect.poll(() => page.getByTestId('button-review').getAttribute('aria-busy')).toBe('true');
    mayAnswer = true;
    await page.getByTestId('input-reason').pressSequentially('The key is ');
    await client.views.update({
      view_id: viewId,
      view: { ...reviewView(), title: { type: 'plain_text', text: 'Review, revision 2' } },
    });
    await page.getByText('Review, revision 2').waitFor();
    // The focus and the place in the text are where they were.
    await page.keyboard.type('public');
    expect(await page.getByTestId('input-reason').inputValue()).toBe('The key is public');
    await page.getByTestId('modal-close').click();
    await page.getByTestId('modal').waitFor({ state: 'hidden' });

    const cardNode = page.getByTestId(`message-${card.ts}`);
    await cardNode.getByTestId('button-more').click();
    await page.getByTestId('option-more-console').click();
    await page.getByText('You chose console.').waitFor();
    await cardNode.getByTestId('button-step').selectOption('revoke');
    await page.getByText('You chose revoke.').waitFor();
    await expect.poll(() => page.getByTestId('channel-cordon').textContent()).toContain('1');
    await page.getByTestId('channel-cordon').click();
    await page.getByText('Review REQ-1, please').waitFor();
    await shoot(page, 'direct');
    await page.getByTestId('tab-home').click();
    await page.getByText('has not published a Home').waitFor();

    await page.getByTestId('person-oscar').click();
    await page.getByTestId(`message-${card.ts}`).waitFor();
    expect(await page.getByText('You chose').count()).toBe(0);
    expect(await page.getByText('Review REQ-1').count()).toBe(0);
    await page.getByTestId('composer').fill('@cordon are you there?');
    await page.getByTestId('composer').press('Enter');
    await page.getByText('are you there?').waitFor();
    await expect.poll(() => page.locator('#messages .mention').last().textContent()).toBe('@Cordon');
    expect(problems).toEqual([]);
  });

  it('asks to confirm, and says so when the app stays silent', { timeout: 60_000 }, async () => {
    await using slack = await slackForTest({ ackTimeout: 300 });
    const app = boltApp(slack);
    listen(app);
    await using _app = await started(app, slack);
    const confirm = {
      title: { type: 'plain_text', text: 'Stop it?' },
      text: { type: 'plain_text', text: 'Nothing will run.' },
    } as const;
    const button = {
      type: 'button',
      action_id: 'silent',
      text: { type: 'plain_text', text: 'Stop' },
      style: 'danger',
      confirm,
    } as const;
    await clientOf(slack).chat.postMessage({
      channel: CHANNEL,
      text: 'x',
      blocks: [{ type: 'actions', elements: [button] }],
    });

    const { page, problems } = await openPage(`${slack.page}?as=bo`, { colorScheme: 'dark' });
    await page.getByTestId('button-silent').click();
    await page.getByTestId('confirm-no').click();
    await page.getByTestId('button-silent').click();
    await page.getByTestId('confirm-yes').click();
    await page.getByText('This app did not respond.').waitFor();
    await shoot(page, 'dark');
    const { deliveries } = await control(slack, 'GET', 'deliveries');
    expect(deliveries).toHaveLength(1);
    expect(problems).toEqual([]);
  });
});
