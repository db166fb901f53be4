// Reads, and with a third argument first sets, the maximum of an Auto Scaling group, by the AWS SDK for JavaScript.
//
//   node autoscaling.mjs PROFILE GROUP [NEW_MAX]
//
// The credentials are those of the profile's credential_process in the shared config. AWS_ENDPOINT_URL is honoured.
import { AutoScalingClient, DescribeAutoScalingGroupsCommand, UpdateAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling'
import { fromProcess } from '@aws-sdk/credential-providers'

const [profile, group, newMax] = process.argv.slice(2)
if (!group || (newMax !== undefined && !/^\d+$/.test(newMax))) {
  console.error('usage: autoscaling.mjs PROFILE GROUP [NEW_MAX]')
  process.exit(2)
}

const client = new AutoScalingClient({
  region: process.env.AWS_REGION ?? 'us-east-1',
  credentials: fromProcess({ profile }),
  maxAttempts: 1,
})

try {
  if (newMax !== undefined)
    await client.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: group, MaxSize: Number(newMax) }))
  const { AutoScalingGroups } = await client.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group] }))
  if (AutoScalingGroups.length !== 1) throw new Error(`there is no group ${group}`)
  console.log(AutoScalingGroups[0].MaxSize)
} catch (error) {
  console.error(`${error.name}: ${error.message}`)
  process.exitCode = 1
}
