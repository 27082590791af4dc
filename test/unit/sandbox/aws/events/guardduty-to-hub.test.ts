import { expect, test } from 'vitest';
import { hubType, severityLabel } from '../../../../../sandbox/aws/events/guardduty-to-hub.ts';

test.each([
  ['Backdoor:EC2/C&CActivity.B!DNS', 'TTPs/Command and Control/Backdoor:EC2-C&CActivity.B!DNS'],
  ['UnauthorizedAccess:EC2/SSHBruteForce', 'TTPs/Initial Access/UnauthorizedAccess:EC2-SSHBruteForce'],
  ['UnauthorizedAccess:IAMUser/MaliciousIPCaller', 'TTPs/UnauthorizedAccess:IAMUser-MaliciousIPCaller'],
  ['Recon:EC2/PortProbeUnprotectedPort', 'TTPs/Discovery/Recon:EC2-PortProbeUnprotectedPort'],
  ['NeverHeard:EC2/Of', 'TTPs/NeverHeard:EC2-Of'],
])('%s is filed as %s', (type, filed) => {
  expect(hubType(type)).toBe(filed);
});

test.each([
  [1, 'LOW'],
  [3.9, 'LOW'],
  [4, 'MEDIUM'],
  [7, 'HIGH'],
  [8.9, 'HIGH'],
  [9, 'CRITICAL'],
])('severity %f is %s', (severity, label) => {
  expect(severityLabel(severity)).toBe(label);
});
