"""What the gateway must allow and refuse, because AWS does. Run by parts_test.py."""
import json
import time
import xml.etree.ElementTree as ET

import world
from accounts import AccessKey
from bed import EMERGENCY, GROUP, HOP_ONE, HOP_TWO, WORKLOAD, Case


class HopOne(Case):
    def test_is_open_with_mfa_and_ones_own_name(self):
        session = self.bed.hop_one()
        arn = self.bed.client("sts", session).get_caller_identity()["Arn"]
        self.assertEqual(arn, f"arn:aws:sts::{EMERGENCY}:assumed-role/EmergencyAccess_Ops/INC-4711")
        self.bed.hop_one("ben", "ben")

    def test_is_closed_without_mfa(self):
        words = "not authorized to perform: sts:AssumeRole"
        aiko = self.bed.keys["aiko"]
        status = self.refused("AccessDenied", words, self.bed.assume, aiko, HOP_ONE, SourceIdentity="aiko")
        self.assertEqual(status, 403)

    def test_is_closed_for_a_wrong_code(self):
        device = self.bed.device("aiko")
        wrong = f"{(int(world.totp(device.seed)) + 1) % 1_000_000:06}"
        self.refused("AccessDenied", "invalid MFA one time pass code.", self.bed.hop_one, device=device, code=wrong)

    def test_takes_a_code_once(self):
        device = self.bed.device("aiko")
        code = world.totp(device.seed)
        self.bed.hop_one(device=device, code=code)
        self.refused("AccessDenied", "invalid MFA one time pass code.", self.bed.hop_one, device=device, code=code)

    def test_takes_codes_one_step_off_and_no_further(self):
        while time.time() % 30 > 27:  # the step must not end in the midst of this
            time.sleep(0.1)
        now = time.time()
        for seconds in (-30, 30):
            device = self.bed.device("aiko")
            self.bed.hop_one(device=device, code=world.totp(device.seed, now + seconds))
        for seconds in (-90, 90):
            device = self.bed.device("aiko")
            self.refused("AccessDenied", "invalid MFA", self.bed.hop_one, device=device, code=world.totp(device.seed, now + seconds))

    def test_is_closed_for_somebody_elses_device(self):
        self.refused("AccessDenied", "unable to validate MFA code", self.bed.hop_one, "aiko", "aiko", self.bed.device("ben"))

    def test_is_closed_for_somebody_elses_name(self):
        self.refused("AccessDenied", "sts:AssumeRole", self.bed.hop_one, "aiko", "ben")

    def test_is_closed_without_a_name(self):
        self.refused("AccessDenied", "sts:AssumeRole", self.bed.hop_one, "aiko", None)

    def test_needs_set_source_identity_in_the_trust_policy(self):
        self.with_trust(self.bed.emergency, "EmergencyAccess_Ops", lambda statement: statement.update(Action="sts:AssumeRole"))
        self.refused("AccessDenied", "sts:SetSourceIdentity", self.bed.hop_one)

    def test_is_closed_for_a_user_that_the_trust_policy_does_not_name(self):
        only_ben = {"ArnEquals": {"aws:PrincipalArn": [f"arn:aws:iam::{EMERGENCY}:user/ben"]}}
        self.with_trust(self.bed.emergency, "EmergencyAccess_Ops", lambda statement: statement["Condition"].update(only_ben))
        self.refused("AccessDenied", "sts:AssumeRole", self.bed.hop_one)
        self.bed.hop_one("ben", "ben")

    def test_is_closed_for_a_role_that_is_gone(self):
        gone = f"arn:aws:iam::{EMERGENCY}:role/EmergencyAccess_Gone"
        self.refused("AccessDenied", "sts:AssumeRole", self.bed.assume, self.bed.keys["aiko"], gone, SourceIdentity="aiko")

    def test_is_no_longer_than_the_role_allows(self):
        words = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        self.assertEqual(self.refused("ValidationError", words, self.bed.hop_one, DurationSeconds=7200), 400)


class HopTwo(Case):
    def test_is_open_and_inherits_the_name(self):
        self.bed.both_hops()
        decision = [each for each in self.bed.gateway.decisions() if each.get("resource") == HOP_TWO][-1]
        found = (decision["action"], decision["verdict"], decision["source_identity"])
        self.assertEqual(found, ("sts:SetSourceIdentity", "Allowed", "aiko"))

    def test_is_closed_for_users(self):
        self.refused("AccessDenied", "sts:AssumeRole", self.bed.assume, self.bed.keys["aiko"], HOP_TWO)

    def test_cannot_change_the_name(self):
        self.refused("AccessDenied", "sts:SetSourceIdentity", self.bed.both_hops, SourceIdentity="ben")

    def test_needs_set_source_identity_in_the_trust_policy(self):
        self.with_trust(self.bed.workload, "EmergencyAccess_Ops", lambda statement: statement.update(Action=["sts:AssumeRole"]))
        self.refused("AccessDenied", "sts:SetSourceIdentity", self.bed.both_hops)

    def test_needs_set_source_identity_in_the_callers_policy(self):
        only_assume = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}
        self.with_policy(self.bed.emergency, "EmergencyAccess_Ops", "IntoTheWorkloads", only_assume)
        self.refused("AccessDenied", "sts:SetSourceIdentity", self.bed.both_hops)

    def test_is_one_hour_at_most(self):
        words = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        self.assertEqual(self.refused("ValidationError", words, self.bed.both_hops, DurationSeconds=3601), 400)

    def test_is_narrowed_by_the_session_policy_of_hop_one(self):
        elsewhere = {"Effect": "Allow", "Action": "sts:*", "Resource": "arn:aws:iam::300000000002:role/*"}
        session = self.bed.hop_one(Policy=json.dumps({"Version": "2012-10-17", "Statement": [elsewhere]}))
        self.refused("AccessDenied", "sts:AssumeRole", self.bed.assume, session, HOP_TWO)

    def test_is_over_when_it_has_expired(self):
        session = self.bed.both_hops()
        self.bed.client("autoscaling", session).describe_auto_scaling_groups()
        self.bed.gateway.expire_sessions()
        for service, call in (("autoscaling", "describe_auto_scaling_groups"), ("sts", "get_caller_identity")):
            self.assertEqual(self.refused("ExpiredToken", "expired", getattr(self.bed.client(service, session), call)), 403)


class OtherCalls(Case):
    def test_are_decided_by_the_roles_policies(self):
        client = self.bed.client("autoscaling", self.bed.both_hops())
        client.update_auto_scaling_group(AutoScalingGroupName=GROUP, MaxSize=5)
        self.assertEqual(client.describe_auto_scaling_groups()["AutoScalingGroups"][0]["MaxSize"], 5)
        delete = client.delete_auto_scaling_group
        self.refused("AccessDenied", "autoscaling:DeleteAutoScalingGroup", delete, AutoScalingGroupName=GROUP)

    def test_are_narrowed_by_the_session_policy(self):
        read = {"Effect": "Allow", "Action": "autoscaling:Describe*", "Resource": "*"}
        session = self.bed.both_hops(Policy=json.dumps({"Version": "2012-10-17", "Statement": [read]}))
        client = self.bed.client("autoscaling", session)
        client.describe_auto_scaling_groups()
        update = client.update_auto_scaling_group
        self.refused("AccessDenied", "UpdateAutoScalingGroup", update, AutoScalingGroupName=GROUP, MaxSize=9)

    def test_are_refused_to_users_without_policies_for_them(self):
        client = self.bed.client("autoscaling", self.bed.keys["aiko"])
        self.refused("AccessDenied", "autoscaling:", client.describe_auto_scaling_groups)

    def test_are_refused_with_unknown_keys(self):
        stranger = AccessKey("AKIAIOSFODNN7EXAMPLE", "secret")
        self.refused("InvalidClientTokenId", "invalid", self.bed.client("sts", stranger).get_caller_identity)
        session = self.bed.hop_one()
        other_token = AccessKey(session.access_key_id, session.secret_access_key, "of-another-session")
        self.refused("InvalidClientTokenId", "invalid", self.bed.client("sts", other_token).get_caller_identity)

    def test_are_refused_to_a_session_whose_role_is_gone(self):
        root = {"AWS": f"arn:aws:iam::{EMERGENCY}:root"}
        statement = {"Effect": "Allow", "Principal": root, "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"]}
        iam = self.bed.workload.client("iam")
        name = "EmergencyAccess_Brief"
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
        anything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]}
        self.with_policy(self.bed.emergency, "EmergencyAccess_Ops", "IntoTheWorkloads", anything)
        session = self.bed.assume(self.bed.hop_one(), f"arn:aws:iam::{WORKLOAD}:role/{name}")
        iam.delete_role(RoleName=name)
        self.refused("InvalidClientTokenId", "invalid", self.bed.client("sts", session).get_caller_identity)


class ServiceControlPolicies(Case):
    """The management account is moto's own, a member's id is moto's choice: moto lets nobody choose."""

    deny = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"}]}
    may = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}

    def user_in(self, account, trusting_account):
        iam = account.client("iam")
        iam.create_user(UserName="chie")
        iam.put_user_policy(UserName="chie", PolicyName="may", PolicyDocument=json.dumps(self.may))
        statement = {"Effect": "Allow", "Principal": {"AWS": account.account_id}, "Action": "sts:AssumeRole"}
        name = f"From{account.account_id}"
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        trusting_account.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)
        return account.make_access_key("chie"), f"arn:aws:iam::{trusting_account.account_id}:role/{name}"

    def test_bind_member_accounts_and_not_the_management_account(self):
        management = self.bed.moto.account_session("123456789012")
        bound = self.bed.moto.account_session(management.make_member_account("bound", [self.deny]))
        free = self.bed.moto.account_session(management.make_member_account("free"))
        self.refused("AccessDenied", "explicit deny", self.bed.assume, *self.user_in(bound, self.bed.workload))
        self.bed.assume(*self.user_in(free, self.bed.workload))
        organizations = management.client("organizations")
        root = organizations.list_roots()["Roots"][0]["Id"]
        policy = organizations.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"][-1]["Id"]
        organizations.attach_policy(PolicyId=policy, TargetId=root)
        self.addCleanup(organizations.detach_policy, PolicyId=policy, TargetId=root)
        self.bed.assume(*self.user_in(management, self.bed.workload))


class Faults(Case):
    def setUp(self):
        self.addCleanup(self.bed.gateway.fault, "none")

    def raw(self, region, timeout=1.0):
        """One unsigned look at what a Region answers."""
        scope = f"AWS4-HMAC-SHA256 Credential=X/20260101/{region}/sts/aws4_request, SignedHeaders=host, Signature=0"
        return world.http(self.bed.gateway.url, b"Action=GetCallerIdentity&Version=2011-06-15", {"Authorization": scope}, timeout)

    def test_of_one_region_leave_the_others_alone(self):
        self.bed.gateway.fault("region_disabled", "eu-west-1")
        key = self.bed.keys["aiko"]
        self.refused("RegionDisabledException", "not activated", self.bed.client("sts", key, "eu-west-1").get_caller_identity)
        self.bed.client("sts", key, "us-east-1").get_caller_identity()

    def test_come_in_all_kinds(self):
        self.bed.gateway.fault("malformed")
        self.assertRaises(ET.ParseError, ET.fromstring, self.raw("us-east-1")[1])
        self.bed.gateway.fault("redirect")
        self.assertEqual(self.raw("us-east-1")[0], 307)
        self.bed.gateway.fault("huge")
        self.assertGreaterEqual(len(self.raw("us-east-1", 20)[1]), 50 * 1024 * 1024)
        self.bed.gateway.fault("slow")
        self.assertRaises(OSError, self.raw, "us-east-1")
        self.bed.gateway.fault("none")
        self.assertEqual(self.raw("us-east-1")[0], 403)
