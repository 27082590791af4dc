import { describe, expect, test } from 'vitest';
import { coverage, isCovered } from '../../../src/playbooks/coverage.ts';
import { catalogRows } from '../../../src/sources/catalog.ts';
import { books, finding, shipped } from './books.ts';

const CATALOGUES = {
  types: catalogRows('guardduty-finding-types.tsv'),
  controls: catalogRows('securityhub-controls.tsv'),
  headings: catalogRows('whitepaper-sections.tsv'),
};
const set = await shipped();

test('every type, every control and every heading has a playbook of its own, and nothing ties', () => {
  const found = coverage(set, CATALOGUES);
  expect(found.types).toMatchObject({ total: 247, specific: 247, caught: [] });
  expect(found.activeByNet).toEqual([]);
  expect(found.controls).toMatchObject({ total: 584, specific: 584, caught: [] });
  expect(found.headings).toEqual({ outline: { total: 112, missing: [] }, notes: { total: 14, missing: [] } });
  expect(found.ties).toBe(0);
  expect(found.playbooks).toBe(92);
  expect(isCovered(found)).toBe(true);
});

test('what is not covered is named', async () => {
  const few = await books({
    'a.one': '[{source: guardduty, types: ["A:B/*"]}]',
    'a.two': '[{source: guardduty, types: ["*:N/*"], net: true}]',
  });
  const found = coverage(few, {
    types: [
      ['A:B/C', '', '', '', 'n'],
      ['X:N/Y', '', '', '', 'n'],
      ['X:N/Old', '', '', '', 'y'],
      ['Un:Heard/Of', '', '', '', 'n'],
    ],
    controls: [['Some.1']],
    headings: [['Here > There', 'There', 'shared', 'outline|notes']],
  });
  expect(found.types.caught).toEqual(['Un:Heard/Of']);
  expect(found.types.byRung).toMatchObject({ family: 1, net: 2, 'catch-all': 1 });
  expect(found.activeByNet).toEqual([{ type: 'X:N/Y', playbook: 'a.two' }]);
  expect(found.controls.caught).toEqual(['Some.1']);
  expect(found.headings.notes).toEqual({ total: 1, missing: ['Here > There'] });
  expect(isCovered(found)).toBe(false);
});

/** Written down by hand from the catalogue of playbooks, not from the rules. */
const TYPES: readonly (readonly [type: string, playbook: string])[] = [
  ['Policy:IAMUser/RootCredentialUsage', 'account.root-usage'],
  ['UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom', 'iam.access-key-compromise'],
  ['PenTest:IAMUser/KaliLinux', 'iam.access-key-compromise'],
  ['CredentialAccess:IAMUser/AnomalousBehavior', 'iam.anomalous-activity'],
  ['UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B', 'iam.anomalous-activity'],
  ['UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS', 'iam.role-credential-exfiltration'],
  ['Stealth:IAMUser/PasswordPolicyChange', 'iam.signin-hardening'],
  ['Stealth:IAMUser/CloudTrailLoggingDisabled', 'logging.audit-impairment'],
  ['AttackSequence:EKS/CompromisedCluster', 'sequence.multi-stage-attack'],
  ['AttackSequence:IAM/CompromisedCredentials', 'sequence.multi-stage-attack'],
  ['CryptoCurrency:EC2/BitcoinTool.B!DNS', 'compute.cryptomining'],
  ['Impact:Runtime/CryptoMinerExecuted', 'compute.cryptomining'],
  ['Backdoor:EC2/C&CActivity.B', 'compute.command-and-control'],
  ['Trojan:EC2/BlackholeTraffic!DNS', 'compute.command-and-control'],
  ['UnauthorizedAccess:EC2/TorClient', 'compute.command-and-control'],
  ['Execution:EC2/MaliciousFile', 'compute.malware'],
  ['Execution:ECS/SuspiciousFile', 'compute.malware'],
  ['Backdoor:EC2/Spambot', 'ec2.outbound-abuse'],
  ['Recon:EC2/Portscan', 'ec2.outbound-abuse'],
  ['UnauthorizedAccess:EC2/RDPBruteForce', 'ec2.brute-force'],
  ['Recon:EC2/PortProbeUnprotectedPort', 'ec2.port-exposure'],
  ['Recon:EC2/PortProbeEMRUnprotectedPort', 'emr.cluster-exposure'],
  ['UnauthorizedAccess:EC2/MetadataDNSRebind', 'ec2.metadata-abuse'],
  ['Backdoor:Lambda/C&CActivity.B', 'lambda.compromise'],
  ['UnauthorizedAccess:Lambda/TorRelay', 'lambda.compromise'],
  ['Execution:Runtime/ReverseShell', 'runtime.process-threat'],
  ['DefenseEvasion:Runtime/FilelessExecution', 'runtime.process-threat'],
  ['PrivilegeEscalation:Runtime/DockerSocketAccessed', 'runtime.container-escape'],
  ['CredentialAccess:Kubernetes/MaliciousIPCaller', 'eks.api-abuse'],
  ['Execution:Kubernetes/ExecInKubeSystemPod', 'eks.api-abuse'],
  ['Policy:Kubernetes/AnonymousAccessGranted', 'eks.risky-configuration'],
  ['PrivilegeEscalation:Kubernetes/AnomalousBehavior.WorkloadDeployed!PrivilegedContainer', 'eks.risky-configuration'],
  ['Trojan:EC2/DNSDataExfiltration', 'dns.abuse'],
  ['Policy:S3/BucketBlockPublicAccessDisabled', 's3.public-exposure'],
  ['Exfiltration:S3/AnomalousBehavior', 's3.exfiltration'],
  ['Impact:S3/MaliciousIPCaller', 's3.destruction-ransom'],
  ['Object:S3/MaliciousFile', 's3.malware'],
  ['Stealth:S3/ServerAccessLoggingDisabled', 's3.access-logging'],
  ['CredentialAccess:RDS/AnomalousBehavior.SuccessfulBruteForce', 'rds.login-attack'],
  ['Impact:IAMUser/AnomalousModelInvocation', 'ml.model-protection'],
];

const CONTROLS: readonly (readonly [control: string, playbook: string])[] = [
  ['IAM.6', 'account.root-hardening'],
  ['IAM.20', 'account.root-usage'],
  ['IAM.7', 'iam.signin-hardening'],
  ['IAM.3', 'iam.access-key-hygiene'],
  ['IAM.1', 'iam.excess-privilege'],
  ['IAM.28', 'iam.external-access'],
  ['IAM.26', 'crypto.certificates'],
  ['ACM.1', 'crypto.certificates'],
  ['SecretsManager.1', 'secrets.rotation-exposure'],
  ['KMS.4', 'kms.key-protection'],
  ['CloudTrail.4', 'logging.audit-impairment'],
  ['CloudWatch.1', 'logging.alarm-coverage'],
  ['GuardDuty.1', 'detection.coverage'],
  ['Config.1', 'detection.coverage'],
  ['EC2.13', 'ec2.port-exposure'],
  ['EC2.8', 'ec2.metadata-abuse'],
  ['EC2.7', 'ec2.data-volumes'],
  ['EC2.6', 'vpc.network-controls'],
  ['EC2.20', 'hybrid.connectivity'],
  ['EC2.9', 'ec2.instance-hardening'],
  ['AutoScaling.1', 'autoscaling.fleet-hardening'],
  ['SSM.2', 'patch.vulnerability'],
  ['Lambda.1', 'lambda.hardening'],
  ['EKS.1', 'eks.risky-configuration'],
  ['ECS.5', 'container.hardening'],
  ['ELB.1', 'elb.listener-security'],
  ['CloudFront.3', 'cloudfront.origin-protection'],
  ['WAF.1', 'waf.ddos'],
  ['APIGateway.1', 'api.gateway-protection'],
  ['S3.8', 's3.public-exposure'],
  ['S3.9', 's3.access-logging'],
  ['S3.14', 's3.durability'],
  ['EFS.2', 'storage.file-gateway'],
  ['RDS.2', 'rds.exposure-and-access'],
  ['RDS.3', 'rds.encryption'],
  ['RDS.13', 'rds.patching'],
  ['Redshift.1', 'redshift.exposure'],
  ['Opensearch.1', 'search.domain-protection'],
  ['SQS.1', 'messaging.access-policy'],
  ['CodeBuild.1', 'cicd.supply-chain'],
];

describe('forty types and forty controls go where the catalogue says', () => {
  const known = new Set([...CATALOGUES.types, ...CATALOGUES.controls].map(([name]) => name?.toLowerCase()));

  test('they are forty different ones each, of the catalogue', () => {
    for (const list of [TYPES, CONTROLS]) expect(new Set(list.map(([name]) => name)).size).toBe(40);
    expect([...TYPES, ...CONTROLS].filter(([name]) => !known.has(name.toLowerCase()))).toEqual([]);
  });

  test.each(TYPES)('%s goes to %s', (type, id) => {
    expect(set.match(finding({ type }), undefined).primary.playbook.playbook.id).toBe(id);
  });

  test.each(CONTROLS)('%s goes to %s', (control, id) => {
    const one = finding({ source: 'securityhub', kind: 'posture', control });
    expect(set.match(one, undefined).primary.playbook.playbook.id).toBe(id);
  });
});
