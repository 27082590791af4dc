import { z } from 'zod';

/** Either form that CloudTrail answers GetEventSelectors in, https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventSelectors.html */
export const SelectorsAnswer = z.object({
  EventSelectors: z
    .array(
      z.object({
        ReadWriteType: z.enum(['All', 'ReadOnly', 'WriteOnly']).default('All'),
        IncludeManagementEvents: z.boolean().default(true),
        ExcludeManagementEventSources: z.array(z.string()).default([]),
      }),
    )
    .default([]),
  AdvancedEventSelectors: z
    .array(
      z.object({
        FieldSelectors: z.array(
          z.object({
            Field: z.string(),
            Equals: z.array(z.string()).default([]),
            NotEquals: z.array(z.string()).default([]),
          }),
        ),
      }),
    )
    .default([]),
});
type Selectors = z.infer<typeof SelectorsAnswer>;

/** Which management events one selector lets through. */
interface Taken {
  readonly reads: boolean;
  readonly writes: boolean;
  /** What is left out beside, in words. */
  readonly without: readonly string[];
}

/** What the trail will not hold although it logs: a thinned trail is the quiet way of stopping it. Nothing when it takes every management event. */
export function gapsOf(selectors: Selectors): readonly string[] {
  const taken = [...selectors.EventSelectors.flatMap(basic), ...selectors.AdvancedEventSelectors.flatMap(advanced)];
  if (taken.length === 0) return ['It records no management events: starting it does not bring those back.'];
  if (taken.some((one) => one.reads && one.writes && one.without.length === 0)) return [];
  const [reads, writes] = [taken.some((one) => one.reads), taken.some((one) => one.writes)];
  const half = reads ? 'that read' : 'that write';
  return [
    ...(reads && writes ? [] : [`It records only management events ${half}.`]),
    ...new Set(taken.flatMap((one) => one.without).map((what) => `It leaves out management events ${what}.`)),
  ];
}

function basic(selector: Selectors['EventSelectors'][number]): readonly Taken[] {
  if (!selector.IncludeManagementEvents) return [];
  return [
    {
      reads: selector.ReadWriteType !== 'WriteOnly',
      writes: selector.ReadWriteType !== 'ReadOnly',
      without: selector.ExcludeManagementEventSources.map((source) => `of ${source}`),
    },
  ];
}

/** All conditions of a selector must hold, so that each one beyond the category leaves something out. */
function advanced({ FieldSelectors }: Selectors['AdvancedEventSelectors'][number]): readonly Taken[] {
  const category = FieldSelectors.find((one) => one.Field === 'eventCategory');
  if (category?.Equals.includes('Management') !== true) return [];
  const readOnly = FieldSelectors.find((one) => one.Field === 'readOnly')?.Equals ?? [];
  const others = FieldSelectors.filter((one) => one.Field !== 'eventCategory' && one.Field !== 'readOnly');
  return [
    {
      reads: readOnly.length === 0 || readOnly.includes('true'),
      writes: readOnly.length === 0 || readOnly.includes('false'),
      without: others.flatMap(({ Field, NotEquals }) =>
        Field === 'eventSource' && NotEquals.length > 0
          ? NotEquals.map((source) => `of ${source}`)
          : [`by a condition on ${Field}`],
      ),
    },
  ];
}
