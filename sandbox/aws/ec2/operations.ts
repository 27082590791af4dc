import { operationMap } from '../operation.ts';
import { instanceOperations } from './instances.ts';
import { networkInterfaceOperations } from './network-interfaces.ts';
import { securityGroupRuleOperations } from './security-group-rules.ts';
import { securityGroupOperations } from './security-groups.ts';
import { storageOperations } from './storage.ts';
import { tagOperations } from './tags.ts';
import { vpcOperations } from './vpcs.ts';

export const ec2Operations = operationMap([
  ...instanceOperations,
  ...networkInterfaceOperations,
  ...securityGroupOperations,
  ...securityGroupRuleOperations,
  ...storageOperations,
  ...vpcOperations,
  ...tagOperations,
]);
