// The policies that moto stores but does not enforce: who has which, which role trusts whom, what an organisation forbids.
import { element, elements } from './moto.mjs'

/** {partition, service, account, kind, name} of an IAM ARN; the name without its path. */
export function parseArn(arn) {
  const [, , service, , account, rest] = arn.split(':')
  const parts = (rest ?? '').split('/')
  return { service, account, kind: parts[0], name: parts.at(-1) }
}

// IAM answers with documents that are percent-encoded; moto does so in some calls only.
function document(text) {
  return JSON.parse(text.trimStart().startsWith('{') ? text : decodeURIComponent(text))
}

export class Policies {
  #moto
  constructor(moto) {
    this.#moto = moto
  }

  /** {trust, maxSessionDuration, boundaries} of a role, or undefined when there is none with exactly this ARN. */
  async role(arn) {
    const { account, name } = parseArn(arn)
    const xml = await this.#moto.iam(account, 'GetRole', { RoleName: name })
    if (!xml || element(xml, 'Arn') !== arn) return undefined
    return {
      trust: document(element(xml, 'AssumeRolePolicyDocument')),
      maxSessionDuration: Number(element(xml, 'MaxSessionDuration') ?? 3600),
      boundaries: await this.#boundaries(account, xml),
    }
  }

  /** {boundaries} of a user whose access key this is and is active; undefined otherwise. */
  async userOfKey(arn, accessKeyId) {
    const { account, name } = parseArn(arn)
    const keys = await this.#moto.iam(account, 'ListAccessKeys', { UserName: name })
    const key = elements(keys ?? '', 'member').find(each => element(each, 'AccessKeyId') === accessKeyId)
    if (!key || element(key, 'Status') !== 'Active') return undefined
    return { boundaries: await this.#boundaries(account, await this.#moto.iam(account, 'GetUser', { UserName: name })) }
  }

  /** Whether this MFA device is enabled for this user: AWS takes no other device's code. */
  async hasMfaDevice(userArn, serialNumber) {
    const { account, name } = parseArn(userArn)
    const xml = await this.#moto.iam(account, 'ListMFADevices', { UserName: name })
    return elements(xml ?? '', 'SerialNumber').includes(serialNumber)
  }

  /** All policies of a user (its groups' too) or of a role: [{name, policy}]. */
  async identityPolicies(arn) {
    const { account, kind, name } = parseArn(arn)
    if (kind === 'role') return this.#policiesOf(account, 'Role', name)
    const groups = elements((await this.#moto.iam(account, 'ListGroupsForUser', { UserName: name })) ?? '', 'GroupName')
    const lists = [this.#policiesOf(account, 'User', name), ...groups.map(group => this.#policiesOf(account, 'Group', group))]
    return (await Promise.all(lists)).flat()
  }

  async #policiesOf(account, kind, name) {
    const owner = { [`${kind}Name`]: name }
    const found = []
    for (const inline of elements((await this.#moto.iam(account, `List${kind}Policies`, owner)) ?? '', 'member')) {
      const xml = await this.#moto.iam(account, `Get${kind}Policy`, { ...owner, PolicyName: inline })
      found.push({ name: `${kind} ${name}: ${inline}`, policy: document(element(xml, 'PolicyDocument')) })
    }
    const attached = (await this.#moto.iam(account, `ListAttached${kind}Policies`, owner)) ?? ''
    for (const arn of elements(attached, 'PolicyArn')) found.push(await this.#managed(account, arn))
    return found
  }

  async #managed(account, arn) {
    const version = element((await this.#moto.iam(account, 'GetPolicy', { PolicyArn: arn })) ?? '', 'DefaultVersionId')
    const xml = await this.#moto.iam(account, 'GetPolicyVersion', { PolicyArn: arn, VersionId: version })
    return { name: arn, policy: document(element(xml, 'Document')) }
  }

  async #boundaries(account, xml) {
    const arn = element(xml, 'PermissionsBoundaryArn')
    return arn ? [await this.#managed(account, arn)] : []
  }

  /**
   * The service control policies above `account`, root first, account last. Empty when it is in no organisation, and
   * for the management account, which they never bind (AWS Organizations User Guide, "Service control policies").
   */
  async serviceControlPolicies(account) {
    const organization = (await this.#moto.organizations(account, 'DescribeOrganization', {}))?.Organization
    if (!organization || organization.MasterAccountId === account) return []
    // Only the management account may read the tree.
    const ask = (operation, parameters) => this.#moto.organizations(organization.MasterAccountId, operation, parameters)
    const chain = [account]
    for (let depth = 0; depth < 10 && !chain[0].startsWith('r-'); ++depth) {
      const parent = (await ask('ListParents', { ChildId: chain[0] }))?.Parents?.[0]
      if (!parent) break
      chain.unshift(parent.Id)
    }
    const levels = []
    for (const target of chain) {
      const listed = await ask('ListPoliciesForTarget', { TargetId: target, Filter: 'SERVICE_CONTROL_POLICY' })
      const policies = []
      for (const { Id } of listed?.Policies ?? []) {
        const described = await ask('DescribePolicy', { PolicyId: Id })
        policies.push({ name: Id, policy: JSON.parse(described.Policy.Content) })
      }
      levels.push({ orgIdentifier: target, policies })
    }
    return levels
  }
}
