// Prints who the credentials of the environment belong to, by the AWS SDK for JavaScript. AWS_ENDPOINT_URL is honoured.
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { fromEnv } from '@aws-sdk/credential-providers'

const client = new STSClient({ credentials: fromEnv(), maxAttempts: 1 })
try {
  console.log((await client.send(new GetCallerIdentityCommand({}))).Arn)
} catch (error) {
  console.error(`${error.name}: ${error.message}`)
  process.exitCode = 1
}
