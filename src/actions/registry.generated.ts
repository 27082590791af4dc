// Written by scripts/generators/actions.ts from the files beside it; do not edit.
import type { Action } from './action.ts';
import cloudtrailRestartLogging from './cloudtrail/restart-logging.ts';
import ebsMakeSnapshotPrivate from './ebs/make-snapshot-private.ts';
import ec2IsolateInstance from './ec2/isolate-instance.ts';
import ec2RequireImdsv2 from './ec2/require-imdsv2.ts';
import ec2SnapshotVolumes from './ec2/snapshot-volumes.ts';
import iamDeactivateAccessKey from './iam/deactivate-access-key.ts';
import iamRevokeSessions from './iam/revoke-sessions.ts';
import lambdaThrottleToZero from './lambda/throttle-to-zero.ts';
import rdsDisablePublicAccess from './rds/disable-public-access.ts';
import rdsMakeSnapshotPrivate from './rds/make-snapshot-private.ts';
import s3BlockPublicAccess from './s3/block-public-access.ts';
import sgRevokeIngress from './sg/revoke-ingress.ts';

/** Every remediation action there is. */
export const ACTIONS: readonly Action[] = [cloudtrailRestartLogging, ebsMakeSnapshotPrivate, ec2IsolateInstance, ec2RequireImdsv2, ec2SnapshotVolumes, iamDeactivateAccessKey, iamRevokeSessions, lambdaThrottleToZero, rdsDisablePublicAccess, rdsMakeSnapshotPrivate, s3BlockPublicAccess, sgRevokeIngress];
