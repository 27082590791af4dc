import { z } from 'zod';
import { defineOperation } from '../operation.ts';
import { regionsOf } from '../organizations/account-state.ts';
import type { Subnet, Vpc } from '../state/kinds.ts';
import { applyFilters, DescribeMembers, describePage, type FilterTable, pickById, tagSet } from './describe.ts';
import { rowsOf } from './lookup.ts';

const VPC_FILTERS: FilterTable<Vpc> = {
  'vpc-id': (row) => [row.VpcId],
  cidr: (row) => [row.CidrBlock],
  'is-default': (row) => [String(row.IsDefault)],
};

const describeVpcs = defineOperation({
  name: 'DescribeVpcs',
  input: z.strictObject({ ...DescribeMembers, VpcIds: z.array(z.string()).optional() }),
  needs: () => [{ action: 'ec2:DescribeVpcs', resource: '*' }],
  run(input, call) {
    const picked = pickById(rowsOf(call, 'vpcs').entries(), input.VpcIds, 'InvalidVpcID.NotFound', 'vpc ID');
    const { items, rest } = describePage(applyFilters(picked, input.Filters, VPC_FILTERS), input);
    return {
      Vpcs: items.map(({ Tags, ...vpc }) => ({ ...vpc, OwnerId: call.account, State: 'available', ...tagSet(Tags) })),
      ...rest,
    };
  },
});

const SUBNET_FILTERS: FilterTable<Subnet> = {
  'subnet-id': (row) => [row.SubnetId],
  'vpc-id': (row) => [row.VpcId],
  'availability-zone': (row) => [row.AvailabilityZone],
};

const describeSubnets = defineOperation({
  name: 'DescribeSubnets',
  input: z.strictObject({ ...DescribeMembers, SubnetIds: z.array(z.string()).optional() }),
  needs: () => [{ action: 'ec2:DescribeSubnets', resource: '*' }],
  run(input, call) {
    const picked = pickById(
      rowsOf(call, 'subnets').entries(),
      input.SubnetIds,
      'InvalidSubnetID.NotFound',
      'subnet ID',
    );
    const { items, rest } = describePage(applyFilters(picked, input.Filters, SUBNET_FILTERS), input);
    return {
      Subnets: items.map(({ Tags, ...subnet }) => ({
        ...subnet,
        OwnerId: call.account,
        State: 'available',
        ...tagSet(Tags),
      })),
      ...rest,
    };
  },
});

const describeRegions = defineOperation({
  name: 'DescribeRegions',
  input: z.strictObject({
    DryRun: z.boolean().optional(),
    RegionNames: z.array(z.string()).optional(),
    AllRegions: z.boolean().optional(),
  }),
  needs: () => [{ action: 'ec2:DescribeRegions', resource: '*' }],
  run(input, call) {
    const regions = regionsOf(call.state, call.account).filter(
      ({ name, on }) =>
        (on || input.AllRegions === true) && (!input.RegionNames?.length || input.RegionNames.includes(name)),
    );
    return {
      Regions: regions.map(({ name, status }) => ({
        RegionName: name,
        Endpoint: `ec2.${name}.amazonaws.com`,
        OptInStatus: status,
      })),
    };
  },
});

export const vpcOperations = [describeVpcs, describeSubnets, describeRegions];
