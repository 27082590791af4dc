import { randomInt } from 'node:crypto';

/** Ids that people read aloud: no 0/O, 1/I/L. */
const ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';

export type IncidentId = string;
export type AccountId = string;

/** `INC-2026-0142`: the year of opening and a number that grows for ever (it does not restart with the year). */
export function incidentId(year: number, number: number): IncidentId {
  return `INC-${year}-${String(number).padStart(4, '0')}`;
}

/** A fresh `REQ-7K3F9T2M`-like id: 40 bits of chance, enough for one deployment; the database's unique key is the guarantee. */
export function newId(prefix: 'REQ' | 'RUN' | 'DLV'): string {
  let text = '';
  for (let i = 0; i < 8; i += 1) text += ALPHABET[randomInt(ALPHABET.length)];
  return `${prefix}-${text}`;
}
