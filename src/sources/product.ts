import type { FindingKind, Source } from '../domain/finding.ts';

/**
 * `aws/guardduty` out of a product's ARN (`...:product/aws/guardduty` in ASFF, `...:productv2/aws/guardduty` in OCSF), else the text in lower case.
 * The ARN is what Security Hub vouches for; a product's name may be absent and anybody can write it.
 */
export function productOf(productArn: string): string {
  return (
    /^arn:[a-z-]+::?securityhub:.*:product(?:v2)?\/([^/]+\/[^/]+)$/s.exec(productArn)?.[1]?.toLowerCase() ??
    productArn.toLowerCase()
  );
}

const SOURCE_OF: Readonly<Record<string, Source>> = {
  'aws/guardduty': 'guardduty',
  'aws/securityhub': 'securityhub',
  'aws/macie': 'macie',
  'aws/inspector': 'inspector',
  'aws/access-analyzer': 'access-analyzer',
  'aws/health': 'health',
  'aws/config': 'config',
};

/** Whose findings these are; everything that is not AWS's own is `custom`. */
export function sourceOf(product: string): Source {
  return (Object.hasOwn(SOURCE_OF, product) ? SOURCE_OF[product] : undefined) ?? 'custom';
}

/** An act of somebody, a setting that is wrong, or a notice. Namespaces are those of the types taxonomy; OCSF writes `Threats`. */
export function kindOf(source: Source, types: readonly string[]): FindingKind {
  if (source === 'health') return 'notice';
  if (source === 'guardduty' || source === 'macie') return 'threat';
  if (source !== 'custom') return 'posture';
  return types.some((type) => /^(ttps|unusual behaviors|threats)(\/|$)/i.test(type)) ? 'threat' : 'posture';
}
