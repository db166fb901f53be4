// May this caller do this? The answer is iam-simulate's; here it gets the policies and the facts of the request.
import { runSimulation } from '@cloud-copilot/iam-simulate'
import { denied } from './answers.mjs'
import { parseArn } from './policies.mjs'

/** The context keys that AWS fills in by itself (IAM User Guide, "AWS global condition context keys"). */
export function contextOf(caller, region) {
  const context = {
    'aws:CurrentTime': new Date().toISOString(),
    'aws:PrincipalArn': caller.principalArn,
    'aws:PrincipalAccount': caller.account,
    'aws:PrincipalType': caller.kind === 'user' ? 'User' : 'AssumedRole',
    'aws:userid': caller.userId,
    'aws:RequestedRegion': region,
    'aws:SourceIp': '127.0.0.1',
    'aws:SecureTransport': 'false',
  }
  if (caller.kind === 'user') return { ...context, 'aws:username': parseArn(caller.arn).name }
  // AssumeRole's credentials carry no MFA, not even when the caller gave a code for them ("Secure API access with MFA").
  context['aws:MultiFactorAuthPresent'] = 'false'
  context['aws:TokenIssueTime'] = new Date(caller.issuedAt).toISOString()
  if (caller.sourceIdentity) context['aws:SourceIdentity'] = caller.sourceIdentity
  return context
}

export class Decider {
  #policies
  #log
  constructor(policies, log) {
    this.#policies = policies
    this.#log = log
  }

  /**
   * Returns if `caller` may do `action` on `resource` ({arn, account, policy}: a trust policy, or none); refuses
   * otherwise. Writes the decision into the log either way.
   */
  async require(caller, action, resource, context) {
    const simulation = {
      request: {
        principal: caller.arn,
        action,
        resource: { resource: resource.arn, accountId: resource.account },
        contextVariables: context,
      },
      identityPolicies: await this.#policies.identityPolicies(caller.principalArn),
      serviceControlPolicies: await this.#policies.serviceControlPolicies(caller.account),
      resourceControlPolicies: [],
      ...(resource.policy && { resourcePolicy: resource.policy }),
      ...(caller.sessionPolicy && { sessionPolicy: caller.sessionPolicy }),
      ...(caller.boundaries.length > 0 && { permissionBoundaryPolicies: caller.boundaries }),
    }
    const result = await runSimulation(simulation, {})
    const verdict = result.overallResult ?? 'Unanswerable'
    const reason = result.errors ? JSON.stringify(result.errors) : why(result)
    this.#log({
      action, principal: caller.arn, resource: resource.arn, verdict, reason,
      source_identity: context['sts:SourceIdentity'] ?? caller.sourceIdentity ?? '',
    })
    if (verdict === 'Allowed') return
    throw denied(words(caller, action, resource) + (verdict === 'ExplicitlyDenied' ? ' with an explicit deny' : ''), reason)
  }
}

export function words(caller, action, resource) {
  return `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource.arn}`
}

// What each kind of policy said, for whoever reads the log of a failed test.
function why(result) {
  const analysis = result.result?.analysis ?? result.results?.[0]?.analysis ?? {}
  const said = {
    trust: analysis.resourceAnalysis?.result,
    identity: analysis.identityAnalysis?.result,
    session: analysis.sessionAnalysis?.result,
    boundary: analysis.permissionBoundaryAnalysis?.result,
    scp: analysis.scpAnalysis?.ouAnalysis?.length ? analysis.scpAnalysis.result : undefined,
  }
  return Object.entries(said).filter(([, verdict]) => verdict).map(([kind, verdict]) => `${kind}: ${verdict}`).join(', ')
}
