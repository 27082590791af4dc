import i01 from './i01-quorum.ts';
import i02 from './i02-once.ts';
import i03 from './i03-as-approved.ts';
import i04 from './i04-intent-first.ts';
import i05 from './i05-stopped.ts';
import i06 from './i06-caps.ts';
import i07 from './i07-audited.ts';
import i08 from './i08-chain.ts';
import i09 from './i09-none-lost.ts';
import i10 from './i10-one-open.ts';
import i13 from './i13-messages.ts';
import i14 from './i14-final.ts';
import i15 from './i15-protected.ts';
import i16 from './i16-undo.ts';
import i17 from './i17-foreign.ts';
import i18 from './i18-secrets.ts';
import i19 from './i19-apart.ts';
import type { Invariant } from './invariant.ts';

/** What must hold after every command. I11, I12 and I20 are judged at a sequence's end. */
export const INVARIANTS: readonly Invariant[] = [
  i01,
  i02,
  i03,
  i04,
  i05,
  i06,
  i07,
  i08,
  i09,
  i10,
  i13,
  i14,
  i15,
  i16,
  i17,
  i18,
  i19,
];
