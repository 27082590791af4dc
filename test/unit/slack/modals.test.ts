import type { ModalView } from '@slack/types';
import { describe, expect, test } from 'vitest';
import { modalProblems } from '../../../src/slack/block-limits.ts';
import { denyModal } from '../../../src/slack/modals/deny.ts';
import { parseViewReference, refusedModal, viewReference, workingModal } from '../../../src/slack/modals/frame.ts';
import { planModal, planSkeleton } from '../../../src/slack/modals/plan.ts';
import { resolveModal } from '../../../src/slack/modals/resolve.ts';
import { reviewModal, reviewSkeleton } from '../../../src/slack/modals/review.ts';
import { account, approval, incident, plan, rollbackPlan, run, vote } from './support/fixtures.ts';
import { HOSTILE } from './support/hostile.ts';
import { readableModal } from './support/readable.ts';

function shown(view: ModalView | undefined): ModalView {
  if (view === undefined) throw new Error('there is no view');
  return view;
}

const review = {
  approval: approval(),
  plan: plan(),
  incident: incident(),
  account: account(),
  votes: [vote()],
  names: new Map(),
  rev: 0,
};

const MODALS: Readonly<Record<string, ModalView>> = {
  'plan-skeleton': planSkeleton('forward', 'Deactivate the access key'),
  'plan-filled': shown(planModal({ run: run(), account: account(), sample: false })),
  'plan-rollback': shown(
    planModal({
      run: run({
        plan: rollbackPlan(),
        request: {
          kind: 'rollback',
          incidentId: 'INC-2026-0001',
          stepId: 's',
          findingKey: 'k',
          undoes: 'RUN-AAAA2222',
        },
      }),
      account: account(),
      sample: false,
    }),
  ),
  'plan-refused': shown(
    planModal({
      run: run({
        state: 'refused',
        plan: null,
        stateReason: 'The role cordon-read in prod-payments (333333333331) does not trust Cordon.',
      }),
      account: account(),
      sample: false,
    }),
  ),
  'plan-observe-only': shown(planModal({ run: run(), account: account({ act: false }), sample: false })),
  'review-skeleton': reviewSkeleton(),
  review: reviewModal(review),
  deny: denyModal(review),
  resolve: resolveModal(incident(), account()),
  working: workingModal('Review remediation'),
  refused: refusedModal(
    'Not counted',
    { code: 'own_request', message: 'You asked for this yourself.', hint: 'Somebody else must decide.' },
    'REF-ABCD2345',
  ),
};

describe('golden modals', () => {
  test.each(Object.entries(MODALS))('%s', async (name, view) => {
    await expect(readableModal(view)).toMatchFileSnapshot(`golden/modal-${name}.txt`);
  });

  test.each(Object.entries(MODALS))('%s is within every limit', (_, view) => {
    expect(modalProblems(view)).toEqual([]);
    expect(JSON.stringify(view)).not.toMatch(/undefined|\[object Object\]/);
  });
});

describe('what may be asked for', () => {
  test('an observe-only account, a sample and an unlisted account show the plan and offer nothing', () => {
    for (const over of [{ account: account({ act: false }) }, { sample: true }, { account: undefined }]) {
      const view = shown(planModal({ run: run(), account: account(), sample: false, ...over }));
      expect(view.submit).toBeUndefined();
      expect(JSON.stringify(view)).toContain('approval is not offered');
    }
  });

  test('a run that is still being planned has nothing to show', () => {
    expect(
      planModal({ run: run({ state: 'planning', plan: null }), account: account(), sample: false }),
    ).toBeUndefined();
  });

  test.each([
    ['too many blocks', 'x'.repeat(400_000)],
    ['too many characters, once quoted', '"'.repeat(100_000)],
  ])('a plan that does not fit is not shown in part, and cannot be asked for or approved: %s', (_, after) => {
    const huge = plan({ changes: [{ path: 'Policy', before: null, after }] });
    const asked = shown(planModal({ run: run({ plan: huge }), account: account(), sample: false }));
    for (const view of [asked, reviewModal({ ...review, plan: huge })]) {
      expect(view.submit).toBeUndefined();
      expect(modalProblems(view)).toEqual([]);
    }
  });

  test('a long plan is shown to the last character', () => {
    const words = Array.from({ length: 2_000 }, (_, index) => `word${index}`).join(' ');
    const view = shown(
      planModal({
        run: run({ plan: plan({ changes: [{ path: 'Policy', before: null, after: words }] }) }),
        account: account(),
        sample: false,
      }),
    );
    expect(modalProblems(view)).toEqual([]);
    const text = view.blocks
      .flatMap((block) => (block.block_id?.includes(':diff-') ? [JSON.stringify(block)] : []))
      .join('');
    expect(text).toContain('word0');
    expect(text).toContain('word1999');
    expect(text).not.toContain('[cut]');
  });

  test.each(HOSTILE.map((text, index) => ({ index, text })))(
    'text of other people cannot change the form: $index',
    ({ text }) => {
      const hostile = plan({
        summary: text,
        changes: [{ path: text, before: text, after: [text] }],
        blastRadius: [text],
        target: { type: text, id: text, arn: text },
        verify: [{ ...plan().verify[0]!, title: text, expect: text }],
      });
      const view = reviewModal({ ...review, plan: hostile });
      expect(modalProblems(view)).toEqual([]);
      if (view.submit === undefined) return;
      const inputs = view.blocks.filter((block) => block.type === 'input').map((block) => block.block_id);
      expect(inputs).toEqual(['decision', 'reason']);
      expect(view.private_metadata).toBe(JSON.stringify({ approvalId: 'REQ-CCCC4444', planHash: approval().planHash }));
    },
  );
});

test('a view reference keeps the id and the hash', () => {
  expect(parseViewReference(viewReference({ id: 'V1', hash: '170.abc' }))).toEqual({ id: 'V1', hash: '170.abc' });
  expect(parseViewReference('V1')).toEqual({ id: 'V1', hash: undefined });
});
