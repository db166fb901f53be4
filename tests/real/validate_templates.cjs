// Judges CloudFormation templates (JSON) by AWS's own validator, and the policies in them by iam-policy.
//
//   node validate_templates.cjs [--strict] FILE...
//
// Exit code 1 when a template has an ERROR or FATAL (with --strict also a WARN), cannot be read by the validator, or holds a
// policy that IAM would not take. The validator looks into policies only here and there, so that neither alone is enough.
const { readFileSync } = require('node:fs')
const { RegoEngine, TemplateFile } = require('@aws/cloudformation-validate')
const { validateIdentityPolicy, validateTrustPolicy } = require('@cloud-copilot/iam-policy')

const files = process.argv.slice(2).filter(argument => argument !== '--strict')
const strict = process.argv.includes('--strict')
if (files.length === 0) {
  console.error('usage: validate_templates.cjs [--strict] FILE...')
  process.exit(2)
}

/** What the validator says: [{severity, where, message}]. */
function diagnose(engine, file) {
  try {
    const { diagnostics } = engine.validateStandard(new TemplateFile(file), { strict })
    return diagnostics.map(each => ({
      severity: String(each.severity).toUpperCase(),
      where: `${each.entity?.logicalId ?? ''}.${each.propertyPath ?? ''} ${each.ruleId}`,
      message: each.message,
    }))
  } catch (error) {
    return [{ severity: 'THROWN', where: 'validator', message: String(error.message ?? error) }]
  }
}

/** All policies of IAM resources: [where, validate, document]. Policies of other services are not for these checks. */
function* policiesOf(template) {
  for (const [id, { Type: type, Properties: properties = {} }] of Object.entries(template.Resources ?? {})) {
    if (!type.startsWith('AWS::IAM::')) continue
    if (properties.AssumeRolePolicyDocument)
      yield [`${id}.AssumeRolePolicyDocument`, validateTrustPolicy, properties.AssumeRolePolicyDocument]
    if (properties.PolicyDocument) yield [`${id}.PolicyDocument`, validateIdentityPolicy, properties.PolicyDocument]
    for (const { PolicyName: name, PolicyDocument: document } of properties.Policies ?? [])
      yield [`${id}.Policies.${name}`, validateIdentityPolicy, document]
  }
}

// iam-policy knows no intrinsic functions. What stands in their place has the form of what they most often give.
function withoutIntrinsics(value) {
  if (Array.isArray(value)) return value.map(withoutIntrinsics)
  if (value === null || typeof value !== 'object') return value
  const keys = Object.keys(value)
  if (keys.length === 1 && (keys[0] === 'Ref' || keys[0].startsWith('Fn::'))) return 'arn:aws:iam::123456789012:root'
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutIntrinsics(each)]))
}

function judgePolicies(file) {
  let template
  try {
    template = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    return [{ severity: 'FATAL', where: 'JSON', message: error.message }]
  }
  return [...policiesOf(template)].flatMap(([where, validate, document]) =>
    validate(withoutIntrinsics(document)).map(fault => ({
      severity: 'ERROR', where, message: `${fault.message} (at ${fault.path || 'the top'})`,
    })))
}

const engine = new RegoEngine()
const bad = new Set(['ERROR', 'FATAL', 'THROWN', ...(strict ? ['WARN', 'WARNING'] : [])])
let failed = false
for (const file of files) {
  const found = [...diagnose(engine, file), ...judgePolicies(file)]
  const isBad = found.some(each => bad.has(each.severity))
  failed ||= isBad
  console.log(`${isBad ? 'BAD' : 'ok'}  ${file}`)
  for (const { severity, where, message } of found)
    if (severity !== 'INFO') console.log(`    ${severity} ${where}: ${message}`)
}
engine.free()
process.exitCode = failed ? 1 : 0
