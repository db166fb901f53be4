// Who makes a call: an IAM user with an access key, or a session that this gateway let through.
import { expired, unknownKeys } from './answers.mjs'
import { parseArn } from './policies.mjs'

/**
 * A caller is {kind: 'user' | 'session', arn, principalArn, account, userId, boundaries} and for a session also
 * {sourceIdentity, sessionPolicy, issuedAt, expiresAt}. principalArn is what aws:PrincipalArn holds: for a session,
 * the ARN of its role and not its own.
 */
export class Callers {
  #moto
  #policies
  #sessions = new Map() // by access key id

  constructor(moto, policies) {
    this.#moto = moto
    this.#policies = policies
  }

  async identify(accessKeyId, headers) {
    const session = this.#sessions.get(accessKeyId)
    return session ? this.#session(session, headers) : this.#user(accessKeyId)
  }

  async #session(session, headers) {
    if (headers['x-amz-security-token'] !== session.token) throw unknownKeys('the session token is of another session')
    if (Date.now() >= session.expiresAt) throw expired()
    const role = await this.#policies.role(session.principalArn)
    if (!role) throw unknownKeys('the role of this session does not exist any more')
    return { ...session, boundaries: role.boundaries }
  }

  async #user(accessKeyId) {
    const { arn, userId } = await this.#moto.callerIdentity(accessKeyId)
    if (!arn?.includes(':user/') || parseArn(arn).service !== 'iam') throw unknownKeys('moto knows no such user')
    const user = await this.#policies.userOfKey(arn, accessKeyId)
    if (!user) throw unknownKeys('the access key is not active')
    return { kind: 'user', arn, principalArn: arn, account: parseArn(arn).account, userId, boundaries: user.boundaries }
  }

  remember(accessKeyId, session) {
    this.#sessions.set(accessKeyId, { kind: 'session', ...session })
  }

  /** No session may be shorter than a quarter of an hour, and no test wants to wait for that. */
  expireAll() {
    for (const session of this.#sessions.values()) session.expiresAt = 0
  }
}
