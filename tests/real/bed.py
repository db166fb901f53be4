"""An emergency account and a workload account inside moto, behind the gateway: what the tests of the bed stand on."""
import json
import unittest

import boto3
import world
from accounts import CONFIG, AccessKey
from botocore.exceptions import ClientError

EMERGENCY, WORKLOAD = "100000000009", "200000000001"
HOP_ONE = f"arn:aws:iam::{EMERGENCY}:role/EmergencyAccess_Ops"
HOP_TWO = f"arn:aws:iam::{WORKLOAD}:role/EmergencyAccess_Ops"
GROUP = "web"


class Bed:
    """The parts and what an administrator has prepared in them; shared by all tests, which leave it as they found it."""

    def __init__(self, work, moto, gateway):
        self.work, self.moto, self.gateway = work, moto, gateway
        self.emergency = moto.account_session(EMERGENCY)
        self.workload = moto.account_session(WORKLOAD)
        self.emergency.deploy(world.HERE / "shapes/emergency.json")
        self.workload.deploy(world.HERE / "shapes/workload.json")
        self.workload.make_auto_scaling_group("us-east-1", GROUP, 0, 2)
        self.keys = {user: self.emergency.make_access_key(user) for user in ("aiko", "ben")}
        self._devices = 0

    def device(self, user):
        """A device that nobody has used: a code is good once, and no test should wait for the next one."""
        self._devices += 1
        device = self.emergency.make_mfa_device(user, f"{user}-{self._devices}")
        self.gateway.knows_device(device)
        return device

    def client(self, service, key, region="us-east-1"):
        return boto3.client(
            service, region_name=region, endpoint_url=self.gateway.url, config=CONFIG, aws_access_key_id=key.access_key_id,
            aws_secret_access_key=key.secret_access_key, aws_session_token=key.session_token or None,
        )  # fmt: skip

    def assume(self, key, role, region="us-east-1", **more):
        answer = self.client("sts", key, region).assume_role(RoleArn=role, **{"RoleSessionName": "INC-4711", **more})
        got = answer["Credentials"]
        return AccessKey(got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"])

    def hop_one(self, user="aiko", source_identity="aiko", device=None, code=None, **more):
        device = device or self.device(user)
        if source_identity:
            more["SourceIdentity"] = source_identity
        mfa = {"SerialNumber": device.serial_number, "TokenCode": code or world.totp(device.seed)}
        return self.assume(self.keys[user], HOP_ONE, **mfa, **more)

    def both_hops(self, **more):
        return self.assume(self.hop_one(), HOP_TWO, **more)


class Case(unittest.TestCase):
    bed = None  # set once, before any test runs

    def refused(self, code, words, call, /, *arguments, **more):
        """That AWS's error has this code and these words in it."""
        with self.assertRaises(ClientError) as caught:
            call(*arguments, **more)
        error = caught.exception.response["Error"]
        self.assertEqual(error["Code"], code, error)
        self.assertIn(words, error["Message"])
        self.assertTrue(caught.exception.response["ResponseMetadata"].get("RequestId"))
        return caught.exception.response["ResponseMetadata"]["HTTPStatusCode"]

    def with_policy(self, account, role, name, document):
        """Gives a role another inline policy for the length of this test."""
        iam = account.client("iam")
        before = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
        self.addCleanup(iam.put_role_policy, RoleName=role, PolicyName=name, PolicyDocument=json.dumps(before))

    def with_trust(self, account, role, change):
        iam = account.client("iam")
        before = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        after = json.loads(json.dumps(before))
        change(after["Statement"][0])
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(after))
        self.addCleanup(iam.update_assume_role_policy, RoleName=role, PolicyDocument=json.dumps(before))
