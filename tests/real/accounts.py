"""Preparing AWS accounts inside moto, straight and with every right: what an administrator has done before the emergency."""
import json
import time
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

CONFIG = Config(retries={"max_attempts": 0}, connect_timeout=5, read_timeout=30)


@dataclass(frozen=True)
class AccessKey:
    access_key_id: str
    secret_access_key: str
    session_token: str = ""

    def variables(self):
        """As the environment of a client has it."""
        session = {"AWS_SESSION_TOKEN": self.session_token} if self.session_token else {}
        return {"AWS_ACCESS_KEY_ID": self.access_key_id, "AWS_SECRET_ACCESS_KEY": self.secret_access_key, **session}


@dataclass(frozen=True)
class MfaDevice:
    serial_number: str  # the ARN
    seed: str  # base32


class NotReallyThere(Exception):
    """CloudFormation said CREATE_COMPLETE, and yet it is not there: moto says so of all types that it does not know."""


class AccountSession:
    """An administrator of one account."""

    def __init__(self, url, account_id):
        self.account_id = account_id
        self._url = url
        self._keys = AccessKey("testing", "testing")
        role = f"arn:aws:iam::{account_id}:role/SetUp"
        self._keys = _keys(self.client("sts").assume_role(RoleArn=role, RoleSessionName="set-up")["Credentials"])

    def client(self, service, region="us-east-1"):
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self._url,
            aws_access_key_id=self._keys.access_key_id,
            aws_secret_access_key=self._keys.secret_access_key,
            aws_session_token=self._keys.session_token or None,
            config=CONFIG,
        )

    def deploy(self, template_path, stack_name=None, attach_managed_policies=False):
        """Creates the stack and proves what it can: {logical id: physical id}. NotReallyThere if something is missing.

        moto's CloudFormation forgets the ManagedPolicyArns of roles and users; `attach_managed_policies` makes up for it.

        Every resource of a type in `PROOFS` is looked up by its own service; one of another AWS::IAM type cannot be
        proved and is an error too, because then nobody would know.
        """
        path = Path(template_path)
        template = json.loads(path.read_text())
        cloudformation = self.client("cloudformation")
        name = stack_name or path.stem
        cloudformation.create_stack(StackName=name, TemplateBody=path.read_text(), Capabilities=["CAPABILITY_NAMED_IAM"])
        status = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        if status != "CREATE_COMPLETE":
            raise NotReallyThere(f"{path}: the stack is {status}")
        listed = cloudformation.list_stack_resources(StackName=name)["StackResourceSummaries"]
        physical = {each["LogicalResourceId"]: each.get("PhysicalResourceId", "") for each in listed}
        iam = self.client("iam")
        if attach_managed_policies:
            _attach_managed_policies(iam, template["Resources"], physical)
        _prove(iam, path, template["Resources"], physical)
        return physical

    def make_access_key(self, user):
        key = self.client("iam").create_access_key(UserName=user)["AccessKey"]
        return AccessKey(key["AccessKeyId"], key["SecretAccessKey"])

    def make_mfa_device(self, user, name=None):
        """A virtual device, enabled for the user. moto takes any two codes for that."""
        iam = self.client("iam")
        device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name or user)["VirtualMFADevice"]
        serial = device["SerialNumber"]
        iam.enable_mfa_device(UserName=user, SerialNumber=serial, AuthenticationCode1="000000", AuthenticationCode2="000001")
        return MfaDevice(serial, device["Base32StringSeed"].decode())

    def make_auto_scaling_group(self, region, name, minimum, maximum):
        client = self.client("autoscaling", region)
        client.create_launch_configuration(LaunchConfigurationName=name, ImageId="ami-12345678", InstanceType="t3.micro")
        client.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchConfigurationName=name,
            MinSize=minimum,
            MaxSize=maximum,
            AvailabilityZones=[f"{region}a"],
        )

    def make_member_account(self, name, policies=()):
        """A new account of this one's organisation, under these SCPs. Its id is moto's choice."""
        client = self.client("organizations")
        try:
            client.create_organization(FeatureSet="ALL")
        except client.exceptions.AlreadyInOrganizationException:
            pass
        created = client.create_account(AccountName=name, Email=f"{name}@example.test")["CreateAccountStatus"]
        for number, document in enumerate(policies):
            made = client.create_policy(
                Name=f"{name}-{number}-{time.time_ns()}",
                Description="of a test",
                Type="SERVICE_CONTROL_POLICY",
                Content=json.dumps(document),
            )
            client.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=created["AccountId"])
        return created["AccountId"]


def _keys(credentials):
    return AccessKey(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])


def _attach_managed_policies(iam, resources, physical):
    for logical_id, resource in resources.items():
        kind = resource["Type"].removeprefix("AWS::IAM::")
        if kind not in ("Role", "User"):
            continue
        for arn in resource.get("Properties", {}).get("ManagedPolicyArns", []):
            attach = getattr(iam, f"attach_{kind.lower()}_policy")
            attach(**{f"{kind}Name": physical[logical_id]}, PolicyArn=_resolve(arn, physical))


def _prove(iam, path, resources, physical):
    for logical_id, resource in resources.items():
        proof = PROOFS.get(resource["Type"])
        if proof is None and not resource["Type"].startswith("AWS::IAM::"):
            continue
        try:
            if proof is None:
                raise NotReallyThere("nothing here can prove this type")
            proof(iam, resource.get("Properties", {}), physical.get(logical_id, ""), physical)
        except (ClientError, NotReallyThere) as error:
            raise NotReallyThere(f"{path}: {logical_id} ({resource['Type']}): {error}") from error


def _require(wanted, found, what):
    missing = set(wanted) - set(found)
    if missing:
        raise NotReallyThere(f"{what} lacks {', '.join(sorted(map(str, missing)))}")


def _require_same(wanted, found, what):
    """For documents without intrinsic functions; of others, that it is a document at all."""
    text = json.dumps(wanted)
    if not isinstance(found, dict) or ('"Ref":' not in text and '"Fn::' not in text and found != wanted):
        raise NotReallyThere(f"{what} is another one: {json.dumps(found)}")


def _resolve(value, physical):
    """A Ref as what it refers to; text as it is; for anything more clever there is no proof."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and set(value) == {"Ref"}:
        return physical.get(value["Ref"]) or value["Ref"]
    raise NotReallyThere(f"{json.dumps(value)} is not text or a Ref")


def _prove_inline(iam, kind, name, policy):
    wanted = {f"{kind.capitalize()}Name": name, "PolicyName": policy["PolicyName"]}
    try:
        found = getattr(iam, f"get_{kind}_policy")(**wanted)["PolicyDocument"]
    except ResponseParserError:
        raise NotReallyThere(f"moto cannot read back the policy {policy['PolicyName']} of {kind} {name}") from None
    _require_same(policy["PolicyDocument"], found, f"the policy {policy['PolicyName']} of {kind} {name}")


def _prove_policies_of(iam, kind, name, properties, physical):
    """That an identity has the policies that its own resource gives it."""
    for each in properties.get("Policies", []):
        _prove_inline(iam, kind, name, each)
    owner = {f"{kind.capitalize()}Name": name}
    attached = getattr(iam, f"list_attached_{kind}_policies")(**owner)["AttachedPolicies"]
    wanted = [_resolve(each, physical) for each in properties.get("ManagedPolicyArns", [])]
    _require(wanted, [each["PolicyArn"] for each in attached], f"{kind} {name}")


def _prove_boundary(identity, properties, physical):
    if "PermissionsBoundary" in properties:
        found = identity.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        _require([_resolve(properties["PermissionsBoundary"], physical)], [found], "its permissions boundary")


def _prove_role(iam, properties, name, physical):
    role = iam.get_role(RoleName=properties.get("RoleName", name))["Role"]
    if "MaxSessionDuration" in properties and role.get("MaxSessionDuration") != properties["MaxSessionDuration"]:
        raise NotReallyThere(f"its MaxSessionDuration is {role.get('MaxSessionDuration')}")
    _require_same(properties["AssumeRolePolicyDocument"], role["AssumeRolePolicyDocument"], "the trust policy")
    _prove_boundary(role, properties, physical)
    _prove_policies_of(iam, "role", role["RoleName"], properties, physical)


def _prove_user(iam, properties, name, physical):
    user = iam.get_user(UserName=properties.get("UserName", name))["User"]
    name = user["UserName"]
    _prove_boundary(user, properties, physical)
    _prove_policies_of(iam, "user", name, properties, physical)
    groups = [each["GroupName"] for each in iam.list_groups_for_user(UserName=name)["Groups"]]
    _require([_resolve(each, physical) for each in properties.get("Groups", [])], groups, f"user {name}")


def _prove_group(iam, properties, name, physical):
    name = iam.get_group(GroupName=properties.get("GroupName", name))["Group"]["GroupName"]
    _prove_policies_of(iam, "group", name, properties, physical)


def _prove_managed_policy(iam, properties, arn, physical):
    policy = iam.get_policy(PolicyArn=arn)["Policy"]
    version = iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    _require_same(properties["PolicyDocument"], version["Document"], arn)
    for kind in ("User", "Role", "Group"):
        for holder in (_resolve(each, physical) for each in properties.get(f"{kind}s", [])):
            attached = getattr(iam, f"list_attached_{kind.lower()}_policies")(**{f"{kind}Name": holder})["AttachedPolicies"]
            _require([arn], [each["PolicyArn"] for each in attached], f"{kind.lower()} {holder}")


def _prove_policy(iam, properties, _, physical):
    for kind in ("User", "Role", "Group"):
        for holder in (_resolve(each, physical) for each in properties.get(f"{kind}s", [])):
            _prove_inline(iam, kind.lower(), holder, properties)


PROOFS = {
    "AWS::IAM::Role": _prove_role,
    "AWS::IAM::User": _prove_user,
    "AWS::IAM::Group": _prove_group,
    "AWS::IAM::ManagedPolicy": _prove_managed_policy,
    "AWS::IAM::Policy": _prove_policy,
}
