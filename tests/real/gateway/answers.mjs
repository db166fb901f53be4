// Refusals in the words and the XML of AWS's query protocol.
import { randomUUID } from 'node:crypto'

const NAMESPACES = {
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
  autoscaling: 'http://autoscaling.amazonaws.com/doc/2011-01-01/',
  iam: 'https://iam.amazonaws.com/doc/2010-05-08/',
}

const escape = text => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')

/** What AWS answers instead of doing what was asked. `reason` is for the log only. */
export class Refusal extends Error {
  constructor(status, code, message, reason = '') {
    super(message)
    Object.assign(this, { status, code, reason })
  }

  write(response, service) {
    const namespace = NAMESPACES[service] ? ` xmlns="${NAMESPACES[service]}"` : ''
    const fault = this.status >= 500 ? 'Receiver' : 'Sender'
    const requestId = randomUUID()
    const body =
      `<ErrorResponse${namespace}><Error><Type>${fault}</Type><Code>${this.code}</Code>` +
      `<Message>${escape(this.message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`
    response.writeHead(this.status, { 'content-type': 'text/xml', 'x-amzn-requestid': requestId })
    response.end(body)
  }
}

export const denied = (message, reason) => new Refusal(403, 'AccessDenied', message, reason)
export const invalid = message => new Refusal(400, 'ValidationError', message)
export const unknownKeys = reason =>
  new Refusal(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.', reason)
export const expired = () =>
  new Refusal(403, 'ExpiredToken', 'The security token included in the request is expired')
/** Not AWS's: what this gateway has no rule for it must not let through. */
export const notModelled = what => new Refusal(501, 'NotImplemented', `The test gateway does not model ${what}.`)
