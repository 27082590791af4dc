import { z } from 'zod';

/** Owners put this tag on what Cordon must never touch; any value counts. */
export const PROTECT_TAG = 'cordon:protect';
/** On everything that a run creates: the run's id, by which it is found again after a crash. */
export const RUN_TAG = 'cordon:run';
/** What a created thing is for, within its run. */
export const USE_TAG = 'cordon:use';
/** On an isolated instance: the run that isolated it. */
export const ISOLATED_TAG = 'cordon:isolated';

/** Tags as IAM, S3 and EC2 answer them. In the answer to a question for tags they must stand there, be it as an empty list: no word on them is no answer. */
export const StatedTags = z.array(z.object({ Key: z.string(), Value: z.string().default('') }));
/** Where a description of the thing itself leaves the field out when there are none. */
export const Tags = StatedTags.default([]);
export type Tags = z.infer<typeof Tags>;

export function isProtected(tags: Tags): boolean {
  return tags.some((tag) => tag.Key === PROTECT_TAG);
}

export function tagValue(tags: Tags, key: string): string | null {
  return tags.find((tag) => tag.Key === key)?.Value ?? null;
}
