/** `npm run screenshots`: starts the sandbox, walks the story in headless Chromium and writes the pictures of docs/images. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../src/project-root.ts';
import { startUnconfigured } from '../test/lanes/e2e/start.ts';
import { openBrowser, Person } from '../test/support/page.ts';

const folder = join(projectRoot(import.meta.url), 'docs/images');
mkdirSync(folder, { recursive: true });

const started = await startUnconfigured(['--play-ms', '5000']);
const browser = await openBrowser();
try {
  await walk(await Person.at(browser, `${started.page}?as=rina`, { width: 1440, height: 980 }));
} finally {
  await browser.close();
  await started.stop();
}

async function walk(person: Person): Promise<void> {
  const shoot = async (name: string): Promise<void> => {
    const modal = person.page.getByTestId('modal');
    if (await modal.isVisible()) {
      await modal.hover();
      await person.page.mouse.wheel(0, -20_000);
      await person.page.waitForTimeout(300);
    }
    await person.page.mouse.move(0, 0);
    await person.page.screenshot({ path: join(folder, `${name}.png`) });
    process.stdout.write(`docs/images/${name}.png\n`);
  };
  const words = ['Machine talks', 'prod-data'];
  const card = person.card(...words);
  await card.waitFor({ timeout: 60_000 });
  await person.page.getByTestId('banner-dismiss').click();
  await card.scrollIntoViewIfNeeded();
  await shoot('incident-card');
  await person.askFor(card, /Isolate/, () => shoot('plan'));
  await person.be('alice');
  await person.openThread(person.card(...words));
  await shoot('approval-request');
  await person.decide('approve', () => shoot('review'));
  await person.inThread('RUN-', 'verified').waitFor();
  await person.inThread('RUN-', 'verified').scrollIntoViewIfNeeded();
  await shoot('incident-thread');
}
