import { type Browser, chromium, type Locator, type Page } from 'playwright-core';

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

/** Headless Chromium: the one that CORDON_CHROMIUM names, else Debian's. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env['CORDON_CHROMIUM'] ?? '/usr/bin/chromium', args: ARGS });
}

/** A person at the simulated Slack's page: sees what it shows, clicks what it offers, and keeps what a console would complain of. */
export class Person {
  readonly page: Page;
  readonly problems: string[] = [];

  private constructor(page: Page) {
    this.page = page;
  }

  static async at(
    browser: Browser,
    url: string,
    options: { width: number; height: number } = { width: 1440, height: 1000 },
  ): Promise<Person> {
    const page = await browser.newPage({ viewport: options });
    page.setDefaultTimeout(30_000);
    const person = new Person(page);
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') person.problems.push(message.text());
    });
    page.on('pageerror', (error) => person.problems.push(String(error)));
    await page.goto(url);
    return person;
  }

  /** Becomes somebody else, as the picker at the left does. */
  async be(handle: string): Promise<void> {
    await this.page.getByTestId(`person-${handle}`).click();
    await this.page.getByTestId('channel-sec-triage').click();
  }

  /** The incident card in the channel whose header and text hold these words. */
  card(...words: string[]): Locator {
    return messageWith(this.page.locator('main'), words);
  }

  /** The newest message of the open thread that holds these words. */
  inThread(...words: string[]): Locator {
    return messageWith(this.page.locator('aside, [role=complementary]'), words).last();
  }

  async openThread(card: Locator): Promise<void> {
    await card.locator('[data-testid^="thread-"]').click();
  }

  /** Picks a step, reads the plan and asks for approval. */
  async askFor(card: Locator, step: RegExp, beforeSubmit: () => Promise<void> = async () => undefined): Promise<void> {
    const menu = card.getByTestId('button-cordon.run-step');
    const label = await menu.locator('option', { hasText: step }).first().textContent();
    await menu.selectOption({ label: label ?? '' });
    await this.askApproval(beforeSubmit);
  }

  /** In the window with the plan: a reason, then the button. */
  async askApproval(beforeSubmit: () => Promise<void> = async () => undefined): Promise<void> {
    const modal = this.page.getByTestId('modal');
    await modal.getByTestId('input-reason').fill('Seen in the triage; it must be contained now.');
    await beforeSubmit();
    await modal.getByRole('button', { name: 'Ask for approval' }).click();
    await modal.getByText(/REQ-/).first().waitFor();
    await this.page.getByTestId('modal-close').click();
  }

  /** Reviews the newest open request of the thread and decides. */
  async decide(
    decision: 'approve' | 'deny',
    beforeSubmit: () => Promise<void> = async () => undefined,
  ): Promise<string> {
    await this.inThread('REQ-').getByRole('button', { name: 'Review and decide' }).click();
    const modal = this.page.getByTestId('modal');
    await modal.getByTestId(`input-decision-${decision}`).check();
    await modal.getByTestId('input-reason').fill('Checked against the ticket and the plan.');
    await beforeSubmit();
    await modal.getByRole('button', { name: 'Decide' }).click();
    await modal
      .getByText(/is approved|is counted|is denied|Not counted/)
      .first()
      .waitFor();
    // biome-ignore lint/performance/useDomNodeTextContent: hidden text is not what a person sees
    const said = await modal.innerText();
    await this.page.getByTestId('modal-close').click();
    return said;
  }
}

function messageWith(root: Locator, words: readonly string[]): Locator {
  return words.reduce((found, word) => found.filter({ hasText: word }), root.locator('[data-testid^="message-"]'));
}
