// moto, as the gateway sees it: where calls go on to, and where the policies are kept.
import http from 'node:http'

const ENTITIES = { '&quot;': '"', '&#34;': '"', '&#39;': "'", '&lt;': '<', '&gt;': '>', '&amp;': '&' }

/** The texts of all elements of this name. Enough for the flat XML that moto writes; not for anybody else's. */
export function elements(xml, name) {
  const found = xml.matchAll(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, 'g'))
  return [...found].map(match => match[1].replace(/&(quot|#34|#39|lt|gt|amp);/g, entity => ENTITIES[entity]))
}

export const element = (xml, name) => elements(xml, name)[0]

export class Moto {
  #port
  constructor(port) {
    this.#port = port
  }

  /** Sends a request on as it is: {method, path, headers, body} to {status, headers, body}. */
  send({ method, path, headers, body }) {
    const options = { host: '127.0.0.1', port: this.#port, method, path, headers }
    return new Promise((resolve, reject) => {
      const request = http.request(options, answer => {
        const chunks = []
        answer.on('data', chunk => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () =>
          resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks).toString() }))
      })
      request.on('error', reject)
      request.end(body)
    })
  }

  /** Who this access key belongs to. moto calls the owner of keys that it does not know "user/moto". */
  async callerIdentity(accessKeyId) {
    const body = 'Action=GetCallerIdentity&Version=2011-06-15'
    const headers = { ...signedFor('sts', body, accessKeyId), 'Content-Type': 'application/x-www-form-urlencoded' }
    const answer = await this.send({ method: 'POST', path: '/', headers, body })
    return { arn: element(answer.body, 'Arn'), userId: element(answer.body, 'UserId') }
  }

  /** An IAM call inside `account`, which moto lets anybody make. The XML, or undefined for NoSuchEntity. */
  async iam(account, action, parameters) {
    const body = new URLSearchParams({ Version: '2010-05-08', MaxItems: 1000, Action: action, ...parameters }).toString()
    const headers = { ...signedFor('iam', body), 'X-Moto-Account-Id': account, 'Content-Type': 'application/x-www-form-urlencoded' }
    const answer = await this.send({ method: 'POST', path: '/', headers, body })
    if (answer.status === 404) return undefined
    if (answer.status !== 200) throw new Error(`moto answered ${action} with ${answer.status}: ${answer.body.slice(0, 300)}`)
    return answer.body
  }

  /** A call to AWS Organizations by `account`. undefined when moto says no: no organisation, no such target. */
  async organizations(account, operation, parameters) {
    const body = JSON.stringify(parameters)
    const headers = {
      ...signedFor('organizations', body),
      'X-Moto-Account-Id': account,
      'X-Amz-Target': `AWSOrganizationsV20161128.${operation}`,
      'Content-Type': 'application/x-amz-json-1.1',
    }
    const answer = await this.send({ method: 'POST', path: '/', headers, body })
    return answer.status === 200 ? JSON.parse(answer.body) : undefined
  }
}

// moto chooses the service by the credential scope and, unless told to, looks no further into the signature.
function signedFor(service, body, accessKeyId = 'gateway') {
  const scope = `${accessKeyId}/20260101/us-east-1/${service}/aws4_request`
  return {
    'Content-Length': Buffer.byteLength(body),
    Authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
  }
}
