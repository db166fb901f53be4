// sts:AssumeRole as AWS decides it, before moto, which lets everybody through, makes the credentials.
import { validateSessionPolicy } from '@cloud-copilot/iam-policy'
import { denied, invalid, notModelled, Refusal } from './answers.mjs'
import { contextOf, words } from './decide.mjs'
import { element } from './moto.mjs'
import { parseArn } from './policies.mjs'

const CHAINED_SECONDS_MAX = 3600
const NAME = /^[\w+=,.@-]{2,64}$/
const MODELLED = new Set(
  ('Action Version RoleArn RoleSessionName SourceIdentity DurationSeconds Policy SerialNumber TokenCode ExternalId').split(' '))

/** The parameters, well-formed; refuses those that AWS would refuse for their form (STS API Reference, AssumeRole). */
function read(form) {
  const unknown = [...form.keys()].find(key => !MODELLED.has(key))
  if (unknown) throw notModelled(`the parameter ${unknown} of AssumeRole`)
  const text = name => form.get(name) ?? undefined
  const asked = {
    roleArn: text('RoleArn') ?? '', sessionName: text('RoleSessionName') ?? '', sourceIdentity: text('SourceIdentity'),
    serialNumber: text('SerialNumber'), tokenCode: text('TokenCode'), externalId: text('ExternalId'),
    durationSeconds: Number(text('DurationSeconds') ?? 3600), policy: readSessionPolicy(text('Policy')),
  }
  if (!/^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(asked.roleArn)) throw invalid(`${asked.roleArn} is invalid`)
  if (!NAME.test(asked.sessionName)) throw constraint('roleSessionName')
  if (asked.sourceIdentity !== undefined && !NAME.test(asked.sourceIdentity)) throw constraint('sourceIdentity')
  if (asked.tokenCode !== undefined && !/^\d{6}$/.test(asked.tokenCode)) throw constraint('tokenCode')
  const { durationSeconds } = asked
  if (!Number.isInteger(durationSeconds) || durationSeconds < 900 || durationSeconds > 43200) throw constraint('durationSeconds')
  return asked
}

const constraint = member => invalid(`1 validation error detected: Value at '${member}' failed to satisfy constraint`)

function readSessionPolicy(text) {
  if (text === undefined) return undefined
  if (text.length > 2048) throw constraint('policy')
  const malformed = message => new Refusal(400, 'MalformedPolicyDocument', message)
  let policy
  try {
    policy = JSON.parse(text)
  } catch {
    throw malformed('This policy contains invalid Json')
  }
  const [fault] = validateSessionPolicy(policy)
  if (fault) throw malformed(`${fault.message} at ${fault.path}`)
  return policy
}

export class AssumeRole {
  #moto
  #policies
  #decider
  #devices
  #callers
  constructor({ moto, policies, decider, devices, callers }) {
    this.#moto = moto
    this.#policies = policies
    this.#decider = decider
    this.#devices = devices
    this.#callers = callers
  }

  /** moto's answer to `request`, once everything that AWS would ask for is there. */
  async answer(request, caller) {
    const asked = read(request.form)
    const context = contextOf(caller, request.region)
    if (await this.#checkMfa(asked, caller)) {
      context['aws:MultiFactorAuthPresent'] = 'true'
      context['aws:MultiFactorAuthAge'] = '0'
    }
    const sourceIdentity = asked.sourceIdentity ?? caller.sourceIdentity
    await this.#decide(asked, caller, context, sourceIdentity)
    const answer = await this.#moto.send(request)
    if (answer.status !== 200) return answer
    this.#remember(asked, answer.body, sourceIdentity)
    return { ...answer, body: withSourceIdentity(answer.body, sourceIdentity) }
  }

  /** Whether a right code came along. Half of one, or a wrong one, is refused with AWS's words. */
  async #checkMfa({ serialNumber, tokenCode }, caller) {
    if (serialNumber === undefined && tokenCode === undefined) return false
    if (serialNumber === undefined || tokenCode === undefined)
      throw denied('MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.')
    if (caller.kind !== 'user' || !(await this.#policies.hasMfaDevice(caller.arn, serialNumber)))
      throw denied('MultiFactorAuthentication failed, unable to validate MFA code.  ' +
        'Please verify your MFA serial number is valid and associated with this user.')
    if (!this.#devices.accept(serialNumber, tokenCode))
      throw denied('MultiFactorAuthentication failed with invalid MFA one time pass code.')
    return true
  }

  async #decide(asked, caller, context, sourceIdentity) {
    const role = await this.#policies.role(asked.roleArn)
    const resource = { arn: asked.roleArn, account: parseArn(asked.roleArn).account, policy: role?.trust }
    // A role that does not exist is answered like one that does not trust the caller: AWS tells nobody which it was.
    if (!role) throw denied(words(caller, 'sts:AssumeRole', resource), 'there is no such role')
    context['sts:RoleSessionName'] = asked.sessionName
    if (asked.externalId !== undefined) context['sts:ExternalId'] = asked.externalId
    if (asked.sourceIdentity !== undefined) context['sts:SourceIdentity'] = asked.sourceIdentity
    await this.#decider.require(caller, 'sts:AssumeRole', resource, context)
    if (sourceIdentity) await this.#decider.require(caller, 'sts:SetSourceIdentity', resource, context)
    if (caller.sourceIdentity && sourceIdentity !== caller.sourceIdentity)
      throw denied(words(caller, 'sts:SetSourceIdentity', resource), 'a source identity cannot be changed')
    if (caller.kind === 'session' && asked.durationSeconds > CHAINED_SECONDS_MAX)
      throw invalid('The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining')
    if (asked.durationSeconds > role.maxSessionDuration)
      throw invalid('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.')
  }

  #remember(asked, xml, sourceIdentity) {
    const { account } = parseArn(asked.roleArn)
    this.#callers.remember(element(xml, 'AccessKeyId'), {
      arn: element(xml, 'Arn'), principalArn: asked.roleArn, account, userId: element(xml, 'AssumedRoleId'),
      token: element(xml, 'SessionToken'), sessionPolicy: asked.policy, sourceIdentity,
      issuedAt: Date.now(), expiresAt: Date.parse(element(xml, 'Expiration')),
    })
  }
}

// moto forgets the source identity; AWS's answer names it.
function withSourceIdentity(xml, sourceIdentity) {
  if (!sourceIdentity || xml.includes('<SourceIdentity>')) return xml
  return xml.replace('</AssumeRoleResult>', `<SourceIdentity>${sourceIdentity}</SourceIdentity></AssumeRoleResult>`)
}
